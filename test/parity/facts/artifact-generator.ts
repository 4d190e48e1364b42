import type { Fact } from '../index.ts';

const ag = (row: number, fact: string, says: string): Fact => ({
  row: `AG-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** What an ArtifactGenerator is made of, and what becomes of its objects. */
export const artifactGeneratorFacts = [
  ag(1, 'aliases', 'Two sources of one alias stall with ValidationFailed.'),
  ag(1, 'kinds', 'Sources are Buckets, GitRepositories, OCIRepositories, HelmCharts and ExternalArtifacts.'),
  ag(1, 'cross-namespace', 'Sources of other namespaces can be forbidden: AccessDenied, stalled.'),
  ag(2, 'outputs', 'Each output becomes an ExternalArtifact in the namespace of the generator.'),
  ag(2, 'names', 'Two outputs of one name, and names that no object can have, stall with ValidationFailed.'),
  ag(2, 'revision-alias', 'A revision of an alias that is no source stalls with ValidationFailed.'),
  ag(3, 'hourly', 'A generator is looked at once an hour.'),
  ag(3, 'woken', 'A new artifact of a source wakes its generators at once.'),
  ag(
    3,
    'disabled',
    'The annotation, in any case, disables it; a new one is then Ready with ReconciliationDisabled.',
  ),
  ag(4, 'finalizer', 'It has a finalizer of its own.'),
  ag(4, 'deletion', 'What was made goes with it, the stored files too.'),
  ag(5, 'latest', 'The revision is `latest@` with the digest of what was made.'),
  ag(5, 'copied', 'An output can take the revision of a source as it is.'),
  ag(5, 'origin', "The metadata can name a source's origin, or its revision where it has none."),
  ag(6, 'file', 'The file is named by Adler-32 over the sums and paths of what was copied, in decimal.'),
  ag(6, 'ignored', 'What is left out of sources by default is left out; ignore files mean nothing.'),
  ag(6, 'unchanged', 'What has not changed is not written again.'),
  ag(7, 'applied', 'The object is applied by source-watcher, with force, and names its generator.'),
  ag(7, 'metadata', 'Common labels and annotations, and what was captured, are put on it.'),
  ag(8, 'inventory', 'The status lists name, namespace, digest and file of what was made.'),
  ag(8, 'digest', "The digest of what was observed is made of the sources' digests, revisions and URLs."),
  ag(
    9,
    'drift',
    'It generates anew when not ready, changed, or when sources, outputs, files or objects differ.',
  ),
  ag(10, 'orphans', 'What is no longer listed is removed, its stored files too.'),
] as const;

/** How files come into an artifact. */
export const generatorCopyFacts = [
  ag(11, 'go-glob', "Patterns are those of Go's fs.Glob, where `**` is `*`."),
  ag(
    11,
    'like-cp',
    'Files, folders and matches land where cp would put them; `dir/**` leaves its folder away.',
  ),
  ag(11, 'no-match', 'A name or a pattern that finds nothing, or nothing that is not excluded, is an error.'),
  ag(11, 'escape', 'Paths that lead out of source or artifact, and links, are refused.'),
  ag(12, 'doublestar', "Excludes are doublestar's patterns."),
  ag(
    12,
    'paths',
    'They are held against the whole path, the path below what is copied, and without a slash the name.',
  ),
  ag(
    13,
    'merge',
    'YAML is merged into a file that is there: mappings deeply, documents one after the other, lists replaced.',
  ),
  ag(13, 'plain', 'Without a file there, and for folders, merging is copying.'),
  ag(
    14,
    'extract',
    'Archives are unpacked by their name, found by doublestar patterns; what a pattern finds besides is passed over.',
  ),
  ag(14, 'refused', 'One file that is no archive, a folder, and an archive with links cannot be extracted.'),
  ag(15, 'path-pattern', 'Each folder that fits makes the outputs once; nothing that fits is no error.'),
  ag(15, 'captures', 'Names and labels take what was captured in lower case, paths as it is.'),
  ag(15, 'terminal', 'Names that collide or cannot be used stall with BuildFailed.'),
  ag(16, 'reasons', 'What went wrong is told by the reasons and in the words of Flux.'),
  ag(16, 'retry', 'Sources that are missing are looked for again after 5 s, other failures are backed off.'),
  ag(17, 'timeout', 'A run has a time, after which it fails and is tried again.'),
] as const;
