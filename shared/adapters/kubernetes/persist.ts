import { setTimeout as sleep } from 'node:timers/promises';
import { STALE_SOCKET } from './exchange.ts';

/** How often a 429 is waited out inside one request; its server decides how long, up to a limit. */
export const THROTTLE_RETRIES = 2;
/** Ours, in milliseconds: a longer wait belongs to the caller's backoff, not to a running worker. */
export const MAX_RETRY_AFTER_MS = 5_000;
/** What a 429 without `Retry-After` waits, in milliseconds: the API server itself always says 1 s. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** What one try came to. */
export interface Attempt<T> {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly value: T;
}

/** What may be tried again, and for how long. */
export interface Persistence {
  /** Whether sending it twice has the effect of sending it once. */
  readonly repeatable: boolean;
  readonly signals: readonly AbortSignal[];
  /** Told after a 401; resolves to whether other credentials are now in use. */
  readonly renew: () => Promise<boolean>;
}

/** Tries again after a 429 (twice), a 401 with renewed credentials (once) and a stale socket (once, if repeatable). */
export async function persist<T>(rules: Persistence, attempt: () => Promise<Attempt<T>>): Promise<T> {
  let mayRenew = true;
  let mayReconnect = rules.repeatable;
  let throttled = 0;
  for (;;) {
    let answer: Attempt<T>;
    try {
      answer = await attempt();
    } catch (error) {
      if (!mayReconnect || !isStale(error)) throw error;
      mayReconnect = false;
      continue;
    }
    if (answer.status === 401 && mayRenew) {
      mayRenew = false;
      if (await rules.renew()) continue;
    }
    if (answer.status !== 429 || throttled === THROTTLE_RETRIES) return answer.value;
    throttled += 1;
    await pause(answer.retryAfter, rules.signals);
  }
}

function isStale(error: unknown): boolean {
  return error instanceof Error && STALE_SOCKET in error;
}

async function pause(retryAfter: string | undefined, signals: readonly AbortSignal[]): Promise<void> {
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  const asked = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : DEFAULT_RETRY_AFTER_MS;
  const wait = Math.min(asked, MAX_RETRY_AFTER_MS);
  // An aborted wait ends at once; the next attempt then throws the signal's fault.
  await sleep(wait, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => undefined);
}
