import type { QueueName } from './messages.ts';

/** A message that was given up, as the dead-letter queue keeps it. */
export interface DeadLetter {
  readonly id: string;
  /** When it was given up. */
  readonly diedAt: Date;
  readonly reason: string;
  /** The message as it was sent. */
  readonly body: string;
  /** The body was too long to be kept whole. */
  readonly cut: boolean;
  /** Where it was received; undefined when whoever gave it up could not tell. */
  readonly queue?: QueueName;
  /** The FIFO group it was in, where it is known. */
  readonly group?: string;
}

/** Dead letters under the eyes of one reader. */
export interface HeldLetters {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  /** How many more there are which cannot be read now: another reader holds them, or they stand behind one of their group. */
  readonly hidden: number;
  /** For good; a letter that is gone already is fine. */
  readonly remove: (letter: DeadLetter) => Promise<void>;
}

/** The dead-letter queue from its reading end. */
export interface DeadLetters {
  /** Shows `look` what is there; what it does not remove is given back when it ends, or within a minute of a crash. */
  hold<T>(look: (held: HeldLetters) => Promise<T>): Promise<T>;
}

/** What is known of a dead letter besides its body, from the queue itself. */
export interface DeadEnvelope {
  readonly id: string;
  readonly at: Date;
  readonly group?: string;
  /** Of a message that the queue gave up by itself: where it was, and why it is here. */
  readonly died?: { readonly queue: QueueName; readonly reason: string };
}

/** Characters of a buried body: with its reason, and escaped, it has to fit a message again. */
const MAX_BURIED = 32_768;

/** The body under which a worker gives a message up. */
export function buriedBody(letter: {
  readonly id: string;
  readonly body: string;
  readonly reason: string;
  readonly at: Date;
  readonly queue: QueueName | undefined;
}): string {
  const { id, body, reason, at, queue } = letter;
  const cut = body.length > MAX_BURIED;
  return JSON.stringify({
    ...{ reason, body: body.slice(0, MAX_BURIED), id, at: at.toISOString() },
    ...(cut && { cut }),
    ...(queue && { queue }),
  });
}

/** A message of the dead-letter queue, whether a worker gave it up or the queue itself. */
export function readDeadLetter(body: string, envelope: DeadEnvelope): DeadLetter {
  const { id, at, group, died } = envelope;
  if (died) {
    return { id, diedAt: at, ...died, body, cut: false, ...(group !== undefined && { group }) };
  }
  const buried = parseBuried(body);
  if (!buried) return { id, diedAt: at, reason: 'unknown: no worker of ours wrote it', body, cut: false };
  const { cut = false, queue, reason } = buried;
  const diedAt = new Date(buried.at);
  return { id, diedAt, reason, body: buried.body, cut, ...(queue && { queue }) };
}

interface Buried {
  readonly reason: string;
  readonly body: string;
  readonly at: string;
  readonly cut?: boolean;
  readonly queue?: QueueName;
}

function parseBuried(body: string): Buried | undefined {
  try {
    const value: Partial<Buried> | null = JSON.parse(body);
    const isWhole = [value?.reason, value?.body, value?.at].every((field) => typeof field === 'string');
    return isWhole && !Number.isNaN(Date.parse(value?.at ?? '')) ? (value as Buried) : undefined;
  } catch {
    return undefined;
  }
}
