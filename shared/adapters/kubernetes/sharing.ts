import { setTimeout as sleep } from 'node:timers/promises';

/** Longest that a read which may be gathered waits for others who want the same, milliseconds. */
const LONGEST_GATHERING_MS = 100;

/** Lets callers who want the same read share one. */
export type Share = <T>(
  key: string,
  read: () => Promise<T>,
  options?: { readonly gather?: boolean },
) => Promise<T>;

interface Line {
  /** How long the last one took, milliseconds. */
  took: number;
  running: Promise<unknown> | undefined;
  next: Promise<unknown> | undefined;
}

/**
 * Reads that are under way are not asked for again, and none answers a caller who came after it was sent: whoever comes
 * meanwhile shares the next one. `gather` lets the first wait, about as long as such a read takes, for others to come.
 */
export function createSharing(now: () => number = () => performance.now()): Share {
  const lines = new Map<string, Line>();

  async function run<T>(key: string, line: Line, read: () => Promise<T>): Promise<T> {
    const began = now();
    try {
      return await read();
    } finally {
      line.took = now() - began;
      line.running = undefined;
      // Whoever waits comes up in its turn; a line without anybody is forgotten.
      if (line.next === undefined) lines.delete(key);
    }
  }

  function start<T>(key: string, line: Line, read: () => Promise<T>): Promise<T> {
    const running = run(key, line, read);
    line.running = running;
    return running;
  }

  async function wait<T>(key: string, line: Line, read: () => Promise<T>, gather: boolean): Promise<T> {
    await line.running?.catch(() => undefined);
    if (gather) await sleep(Math.min(line.took, LONGEST_GATHERING_MS));
    line.next = undefined;
    return start(key, line, read);
  }

  return <T>(key: string, read: () => Promise<T>, { gather = false } = {}): Promise<T> => {
    const line = lines.get(key) ?? { took: 0, running: undefined, next: undefined };
    lines.set(key, line);
    if (line.next) return line.next as Promise<T>;
    if (line.running === undefined) return start(key, line, read);
    const next = wait(key, line, read, gather);
    line.next = next;
    return next;
  };
}
