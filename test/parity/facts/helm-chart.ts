import type { Fact } from '../index.ts';

const hc = (row: number, fact: string, says: string): Fact => ({
  row: `HC-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** What a HelmChart takes from its source. */
export const helmChartFacts = [
  hc(1, 'defaults', 'Without a version it is the newest; what makes a new artifact is a new version.'),
  hc(1, 'path', 'In a GitRepository or a Bucket the chart is a path, and the version is its own.'),
  hc(2, 'cosign', 'Signatures of Cosign are asked for, by keys of a Secret.'),
  hc(2, 'notation', 'Signatures of Notation are asked for, by a policy and certificates of a Secret.'),
  hc(2, 'keyless', 'Without keys certificate, log and identity count, by the root of the public service.'),
  hc(2, 'each-run', 'Signatures are looked at on every run, also of a chart that is stored.'),
  hc(2, 'only-oci', 'A chart of an index cannot be verified, and is refused then.'),
  hc(3, 'exact', 'A version that is there in these very letters is taken.'),
  hc(3, 'range', 'Else it is the newest in range.'),
  hc(3, 'latest', 'Nothing or * is the newest that is no prerelease.'),
  hc(3, 'created', 'Of versions that are equal but for their metadata the youngest is taken.'),
  hc(3, 'nothing-found', 'A chart or version that is not in the index stalls, and is told by name.'),
  hc(4, 'exact', 'A version needs no list of the tags.'),
  hc(4, 'range', 'A range is looked for among the tags; the newest is taken.'),
  hc(4, 'plus', 'The underscore in a tag is the plus in its version.'),
  hc(6, 'file', 'The file is named after chart and version.'),
  hc(6, 'revision', "The revision is the chart's version."),
  hc(6, 'link', 'status.url is a link that leads to the current chart.'),
  hc(11, 'cached', 'A chart that is stored under its version is not fetched again until the spec is new.'),
  hc(11, 'index', 'What an index says of a chart is not read again while the index is the same.'),
] as const;

/** How charts are packed, wherever they come from. */
export const helmChartPackingFacts = [
  hc(7, 'generation', "With values files the version carries the object's generation."),
  hc(
    7,
    'revision',
    "With strategy Revision the version carries the source's digest, twelve characters of it.",
  ),
  hc(8, 'remote', 'Values files inside a chart of a repository are merged in their order.'),
  hc(8, 'local', 'Those of a chart in a source are relative to the root of the source.'),
  hc(8, 'default-only', 'values.yaml alone leaves the chart as it is.'),
  hc(8, 'missing', 'A values file that is not there stalls.'),
  hc(8, 'ignore-missing', 'Unless that is to be ignored; the others are recorded then.'),
  hc(9, 'file', 'Dependencies of file URLs are found in the source.'),
  hc(9, 'http', 'Others are downloaded from their repositories.'),
  hc(9, 'oci', 'From registries, too.'),
  hc(9, 'credentials', 'As the HelmRepository of the namespace that has the same URL, else as nobody.'),
  hc(9, 'lock', 'Chart.lock says which versions.'),
  hc(9, 'alias', 'A repository by its alias alone is refused.'),
] as const;

/** What is told of a chart. */
export const helmChartStatusFacts = [
  hc(12, 'reference', 'A chart that cannot be named or found is InvalidChartReference, and stalls.'),
  hc(12, 'pull', 'One that cannot be fetched is ChartPullError, and is tried again.'),
  hc(12, 'metadata', 'A version that cannot carry what is appended is MetadataPatchError, and stalls.'),
  hc(12, 'values-files-error', 'Values files that cannot be merged are ValuesFilesError, and stall.'),
  hc(12, 'dependency', 'Dependencies that cannot be had are DependencyBuildError, and tried again.'),
  hc(12, 'package', 'What is no chart is ChartPackageError when it is packed.'),
  hc(12, 'verification', 'A signature that is refused is ChartVerificationError and VerificationError.'),
  hc(12, 'last-good', 'The last good chart stays through all of it.'),
  hc(13, 'no-artifact', 'A source without artifact is NoSourceArtifact, and waited for.'),
  hc(13, 'unavailable', 'A source that is not there is SourceUnavailable, and waited for.'),
  hc(13, 'authentication', 'Credentials and certificates that are wrong are told as AuthenticationFailed.'),
  hc(14, 'pulled', 'A chart that stays as it is there was pulled.'),
  hc(14, 'merged', 'One that is packed here was packaged, with its values files.'),
  hc(14, 'new-chart', 'While another version is fetched, the artifact is outdated by a NewChart.'),
  hc(14, 'dependencies', 'A trace says how many dependencies were resolved.'),
  hc(15, 'status', "The status knows the chart's name, and the revision of its source's artifact."),
  hc(16, 'index', 'A new index wakes its charts.'),
  hc(16, 'source', 'A new artifact of a GitRepository or a Bucket wakes its charts.'),
  hc(16, 'lost', 'A wake-up that was lost is made up for by the sweep, also of a chart that stalls.'),
] as const;
