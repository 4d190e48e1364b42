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
