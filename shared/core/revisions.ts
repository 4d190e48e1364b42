/** Hex digits of what names a commit, and how its algorithm is called. */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [40, 'sha1'],
  [64, 'sha256'],
]);
/** Before Flux 0.38: `branch/hash`, `HEAD/hash`, `hash`. */
const LEGACY = /^(?:(.+)\/)?([0-9a-f]{40}|[0-9a-f]{64})$/;

/** A revision as it is written today, `<human>@<algorithm>:<hex>` or `<algorithm>:<hex>`; what is in no older form stays. */
export function modernRevision(revision: string): string {
  const [, human, hex = ''] = LEGACY.exec(revision) ?? [];
  const algorithm = ALGORITHMS.get(hex.length);
  if (algorithm === undefined) return revision;
  const digest = `${algorithm}:${hex}`;
  return human === undefined || human === 'HEAD' ? digest : `${human}@${digest}`;
}
