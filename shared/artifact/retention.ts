/** One stored artifact of an object. */
export interface StoredArtifact {
  readonly key: string;
  readonly storedAt: Date;
}

/** How long previous artifacts are kept, and how many of them at least; Flux's defaults. */
export interface Retention {
  readonly ttlMilliseconds: number;
  readonly records: number;
}

/** `--artifact-retention-ttl=60s`, `--artifact-retention-records=2`. */
export const DEFAULT_RETENTION: Retention = { ttlMilliseconds: 60_000, records: 2 };

// Flux looks at this many files of one object at most.
const MAX_SCANNED = 1000;

/**
 * Keys to remove: all previous artifacts older than the TTL; then, if `records` or more remain, the oldest while more
 * than `records` remain. The current one never goes. As upstream, what the TTL took counts twice in the second part.
 */
export function garbageOf(
  stored: readonly StoredArtifact[],
  current: string,
  now: Date,
  { ttlMilliseconds, records }: Retention = DEFAULT_RETENTION,
): string[] {
  const seen = stored.slice(0, MAX_SCANNED);
  const expired = (entry: StoredArtifact): boolean =>
    now.getTime() - entry.storedAt.getTime() > ttlMilliseconds && entry.key !== current;
  const garbage = seen.filter(expired).map(({ key }) => key);
  const expiredCount = garbage.length;
  if (seen.length - expiredCount < records) return garbage;
  let collected = 0;
  const oldestFirst = seen.toSorted((a, b) => a.storedAt.getTime() - b.storedAt.getTime());
  for (const entry of oldestFirst) {
    if (entry.key === current || expired(entry)) continue;
    const already = expiredCount > 0 ? collected + garbage.length : collected;
    if (seen.length - already <= records) continue;
    garbage.push(entry.key);
    collected++;
  }
  return garbage;
}
