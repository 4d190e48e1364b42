import type { ReceiverResource } from '../api/receiver.ts';

/** A Receiver that a delivery was meant for, and what it wakes. */
export interface HookedReceiver {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly resources: readonly ReceiverResource[];
}

/** A verified delivery, as `receive` hands it to `arrivals`. */
export interface HookMessage {
  /** Equal for a delivery that is sent again. */
  readonly delivery: string;
  readonly receivers: readonly HookedReceiver[];
  /** Digests of the addresses of repositories whose objects are to be woken in all clusters. */
  readonly repositories: readonly string[];
  /** The test that it belongs to, which is marked as seen. */
  readonly probe?: string;
  /** When it came, RFC 3339. */
  readonly since: string;
  readonly trace: string;
  /** How often a part of it was put off. */
  readonly hops: number;
}

/** Bytes of one message at most: SQS takes 256 KiB. */
const MAX_MESSAGE_BYTES = 200 * 1024;

/** The message in `body`, undefined when it is not one. */
export function parseHookMessage(body: string): HookMessage | undefined {
  const value = parse(body) as Partial<HookMessage> | null | undefined;
  const isWhole =
    typeof value?.delivery === 'string' &&
    Array.isArray(value.receivers) &&
    Array.isArray(value.repositories) &&
    typeof value.since === 'string' &&
    typeof value.trace === 'string' &&
    Number.isInteger(value.hops);
  return isWhole ? (value as HookMessage) : undefined;
}

/** The bodies of a message, split where it is too long for one. */
export function hookMessageBodies({ receivers, ...message }: HookMessage): readonly string[] {
  const parts: HookedReceiver[][] = [[]];
  let bytes = 0;
  for (const receiver of receivers) {
    const size = Buffer.byteLength(JSON.stringify(receiver)) + 1;
    if (bytes + size > MAX_MESSAGE_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(receiver);
    bytes += size;
  }
  const once = { ...message, repositories: [] };
  return parts.map((part, index) => JSON.stringify({ ...(index === 0 ? message : once), receivers: part }));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
