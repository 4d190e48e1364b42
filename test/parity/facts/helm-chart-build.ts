import type { Fact } from '../index.ts';

const hc = (row: number, fact: string, says: string): Fact => ({
  row: `HC-${String(row).padStart(2, '0')}`,
  fact,
  says,
});
const refused = (row: number, fact: string, says: string): Fact => ({
  ...hc(row, fact, says),
  refused: true,
});

/** How a chart is read, changed and packed, whatever its source. */
export const helmChartBuildFacts = [
  hc(
    5,
    'remote-name',
    'A chart of a repository has a name of lower case letters, digits, dashes, slashes and periods.',
  ),
  hc(5, 'relative', 'A chart of a source has a path that is relative and not empty.'),
  hc(5, 'inside', 'A path that would leave the source stays at its root.'),
  hc(7, 'revision-characters', 'Of the revision twelve characters go into the version.'),
  hc(7, 'joined', 'Revision and generation are joined by a period.'),
  hc(
    7,
    'own-metadata',
    "They take the place of the version's own build metadata, and the version is completed.",
  ),
  hc(8, 'deep', 'Mappings of values are merged deep, lists are replaced, a null is kept.'),
  hc(8, 'documents', 'Of values.yaml of a chart all documents count, of other values files the first one.'),
  hc(8, 'float', 'Numbers of merged values have 64 bits of floating point.'),
  hc(8, 'same-bytes', 'Values that come to the same bytes change nothing, and no values files are observed.'),
  hc(8, 'no-values-file', 'A chart without values.yaml takes no merged values.'),
  hc(8, 'source-root', 'Values files that would leave the source stay at its root; a folder is none.'),
  hc(9, 'lock-first', 'Where there is a lock, it says what is wanted.'),
  hc(
    9,
    'only-missing',
    'Only charts that are not there are added, and none where as many are there as are wanted.',
  ),
  hc(
    9,
    'local-paths',
    'A dependency without a repository is in charts/, a file URL is relative to the chart and stays in the source.',
  ),
  hc(9, 'local-version', 'The version of a dependency in the source has to be in range.'),
  hc(9, 'alias-name', 'A dependency with an alias is a chart of that name.'),
  hc(9, 'same-url', 'URLs of repositories are the same whether or not they end in a slash.'),
  hc(9, 'other-schemes', 'A repository that is neither http, https, oci nor a file is refused.'),
  hc(10, 'same-charts', 'Charts are taken, refused and packaged as Helm does.'),
  hc(10, 'chart-size', 'An archive of more than 10 MiB is not taken.'),
  hc(10, 'file-size', 'A file of more than 5 MiB is not taken.'),
  hc(10, 'inflated-size', 'An archive may have 100 MiB of files.'),
  hc(10, 'ignored-size', 'A file that .helmignore leaves out may have any size.'),
  hc(
    10,
    'ignore-rules',
    "The rules of .helmignore are Helm's own: the first that applies decides, and a negated one leaves out the rest.",
  ),
  hc(
    10,
    'ignored-folders',
    'Of an ignored folder nothing is looked at; hidden files right in templates/ are left out.',
  ),
  hc(10, 'marks', 'Byte order marks are taken off.'),
  refused(10, 'links', 'Links and devices in an archive of a chart are refused.'),
] as const;
