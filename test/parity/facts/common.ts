import type { Fact } from '../index.ts';

const com = (row: number, fact: string, says: string): Fact => ({
  row: `COM-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** How durations are written in specs and status. */
export const durationFacts = [
  com(
    1,
    'go-syntax',
    'A duration is read and written exactly as Go does, with the same words when it is refused.',
  ),
  com(1, 'composite', 'Several numbers with units add up, as in 1h30m.'),
  com(1, 'fraction', 'A number may have a fraction, as in 1.5h.'),
  com(1, 'no-days', 'There is no unit for days.'),
  com(
    1,
    'interval-pattern',
    'An interval is one or more unsigned numbers with ms, s, m or h; the CRDs refuse the rest.',
  ),
  com(1, 'source-timeout', 'The timeout of a source has no hours, and is 60 seconds when absent.'),
] as const;

/** What an artifact is, how it is packed, stored and kept. */
export const artifactFacts = [
  com(
    14,
    'fields',
    'The artifact tells path, URL, revision, digest, time, size, and metadata if there is any.',
  ),
  com(14, 'path', 'The path is kind in lower case, namespace, name and file.'),
  com(14, 'url', 'The URL is the advertised base and the path, also when the base changes.'),
  com(14, 'digest', 'The digest is sha256 over the packed bytes, with its algorithm before a colon.'),
  com(15, 'missing', 'An advertised artifact that is not stored any more is noticed.'),
  com(15, 'mismatch', 'An advertised artifact whose bytes have another digest is noticed, and never used.'),
  com(16, 'ttl', 'Previous artifacts older than the TTL are removed.'),
  com(16, 'records', 'While more than the wanted number remain, the oldest previous one goes.'),
  com(16, 'few-remain', 'When the TTL leaves fewer than the wanted number, nothing more is removed.'),
  com(16, 'current-stays', 'The current artifact stays, however old it is.'),
  com(16, 'scan-limit', 'At most 1000 files of one object are looked at.'),
  com(16, 'told', 'What was removed is told, and a removal that failed as a warning.'),
  com(16, 'link', 'A link to the current artifact is none of the previous ones.'),
  com(16, 'deletion', 'Deleting the object removes all its artifacts, and no others.'),
  com(17, 'kinds', 'An archive holds directories and regular files; symlinks are left out.'),
  com(17, 'modes', 'Modes are 0600, 0700 for what its owner may execute, and 0750 for directories.'),
  com(17, 'anonymous', 'Owners are 0 without names, and times are zero.'),
  com(17, 'root', 'The first entry is the root directory.'),
  com(17, 'order', 'Entries come in the order of a lexical walk, a directory before what is in it.'),
  com(17, 'same-tree', 'The unpacked archive equals what git checks out, without what is ignored.'),
  com(17, 'repeatable', 'Packing the same commit twice gives the same bytes.'),
  com(18, 'vcs', "Git's own files and .gitignore, .gitmodules, .gitattributes are never in an artifact."),
  com(18, 'extensions', 'Images, films and archives are left out by default, by their extension.'),
  com(18, 'ci', 'The files of CI systems are left out by default.'),
  com(18, 'extra', '.goreleaser.yml, .sops.yaml and .flux.yaml are left out by default, at any depth.'),
  com(
    19,
    'replaces-defaults',
    'Any pattern of the user switches the default exclusions off, not those for Git.',
  ),
  com(19, 'per-directory', 'Each directory may have a .sourceignore, which speaks of that directory only.'),
  com(19, 'spec-wins', 'Patterns of spec.ignore come last and so win.'),
  com(20, 'last-decides', 'The last pattern that matches decides.'),
  com(20, 're-include', 'A file under an excluded directory can be taken in again.'),
  com(20, 'comments', 'Lines that begin with # and blank lines are skipped.'),
  com(20, 'trailing-blanks', 'Blanks at the end of a pattern do not count unless escaped.'),
  com(
    20,
    'double-star',
    'Two stars as a whole element stand for any number of directories, and match nowhere else.',
  ),
  com(
    20,
    'anchored',
    'A pattern with a slash is relative to its directory; without one it matches any element.',
  ),
  com(
    20,
    'directory-only',
    'A pattern that ends in a slash matches directories and what is in them, no file.',
  ),
  com(20, 'glob', 'Elements match as Go does: ?, *, classes and escapes; a malformed one matches nothing.'),
  com(20, 'line-limit', 'Reading stops at a line that does not fit 64 KiB.'),
] as const;

/** How revisions are written and versions chosen. */
export const revisionFacts = [
  com(
    27,
    'canonical',
    'A revision is a human part, @, algorithm, colon and hex; without human part the digest alone.',
  ),
  com(27, 'legacy', 'The forms branch/hash and hash are read as what they mean now.'),
  com(
    28,
    'three-parts',
    'A version needs major, minor and patch; a leading v and leading zeros in them are fine.',
  ),
  com(
    28,
    'ranges',
    'Ranges follow the Masterminds rules: =, !=, <, >, ~, ^, x, hyphens, spaces, commas and ||.',
  ),
  com(
    28,
    'prereleases',
    'Prereleases match only in a group of comparisons that names one; a star never does.',
  ),
  com(28, 'bad-range', 'A range that cannot be parsed is told as improper.'),
  com(28, 'precedence', 'The highest version by precedence wins; build metadata does not count.'),
] as const;
