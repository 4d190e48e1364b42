/** Bounds on what a repository or an archive may make us hold; passing one is a Fault `too-large`. */
export interface ArtifactLimits {
  /** Of a pack as sent, and of a packed artifact. */
  readonly packBytes: number;
  readonly objects: number;
  /** One object, inflated. */
  readonly objectBytes: number;
  /** All objects of a pack, inflated, or all files of an archive. */
  readonly inflatedBytes: number;
  readonly deltaDepth: number;
  /** Files and directories in one tree. */
  readonly entries: number;
  readonly pathBytes: number;
  /** Set where there is another try with more, so that no other way is looked for when one of them is passed. */
  readonly isTrial?: true;
}

const MIB = 1024 * 1024;

/** Sized so that a 100 MB repository fits in a worker of 512 MB; depth and path are Git's and Linux's own bounds. */
export const DEFAULT_LIMITS: ArtifactLimits = {
  packBytes: 128 * MIB,
  objects: 500_000,
  objectBytes: 64 * MIB,
  inflatedBytes: 256 * MIB,
  deltaDepth: 4095, // the most `git pack-objects --depth` allows
  entries: 200_000,
  pathBytes: 4095, // PATH_MAX without its NUL
};

/** Ours: what is fetched beside others, so that each takes 32 MiB at most; most sources of manifests are a tenth of that. */
export const SMALL_LIMITS: ArtifactLimits = {
  packBytes: 4 * MIB,
  objects: 20_000,
  objectBytes: 8 * MIB,
  inflatedBytes: 16 * MIB,
  deltaDepth: DEFAULT_LIMITS.deltaDepth,
  entries: 20_000,
  pathBytes: DEFAULT_LIMITS.pathBytes,
  isTrial: true,
};

/** The limits of work that is done beside others, or of work that has the worker's memory for itself. */
export function limitsFor(size: 'small' | 'large'): ArtifactLimits {
  return size === 'small' ? SMALL_LIMITS : DEFAULT_LIMITS;
}

/** Whether packed artifacts of these sizes, bytes, are too much together for work beside others. */
export function areLarge(
  artifacts: readonly ({ readonly size?: number | undefined } | undefined)[],
): boolean {
  return artifacts.reduce((sum, artifact) => sum + (artifact?.size ?? 0), 0) > SMALL_LIMITS.packBytes;
}
