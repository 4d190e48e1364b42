import type { Clock } from '../../ports.ts';

/** Ours: what lives for less than this, in ms, is made anew; a worker runs for 120 s. */
const SPARE_MS = 300_000;
/** Ours: a thousand tokens are some 2 MB. */
const MAX_KEPT = 1000;

/** Makes each thing once, until shortly before it expires; a failure is not kept. */
export type Keep = <T extends { readonly expiresAt: Date }>(
  key: readonly string[],
  make: () => Promise<T>,
) => Promise<T>;

/** An empty memory; the oldest goes first. */
export function createKeep(clock: Pick<Clock, 'now'>): Keep {
  const kept = new Map<string, { readonly until: number; readonly value: Promise<unknown> }>();
  return async <T extends { readonly expiresAt: Date }>(parts: readonly string[], make: () => Promise<T>) => {
    const key = JSON.stringify(parts);
    const known = kept.get(key);
    if (known !== undefined && known.until - clock.now().getTime() > SPARE_MS)
      return known.value as Promise<T>;
    const value = make();
    kept.delete(key);
    kept.set(key, { until: Number.POSITIVE_INFINITY, value });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    try {
      const made = await value;
      if (kept.get(key)?.value === value) kept.set(key, { until: made.expiresAt.getTime(), value });
      return made;
    } catch (error) {
      if (kept.get(key)?.value === value) kept.delete(key);
      throw error;
    }
  };
}
