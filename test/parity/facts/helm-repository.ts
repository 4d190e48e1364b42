import type { Fact } from '../index.ts';

const hr = (row: number, fact: string, says: string): Fact => ({
  row: `HR-${String(row).padStart(2, '0')}`,
  fact,
  says,
});
const refused = (row: number, fact: string, says: string): Fact => ({
  ...hr(row, fact, says),
  refused: true,
});

/** What a HelmRepository makes of a repository's index. */
export const helmRepositoryFacts = [
  hr(
    1,
    'defaults',
    'Without an interval the index is looked at each minute; URLs are of http, https and oci.',
  ),
  hr(1, 'timeout', 'The timeout bounds the download.'),
  hr(2, 'url', 'The index is index.yaml below the URL, whether or not that ends in a slash.'),
  hr(2, 'cap', 'An index of more than 50 MiB is not taken.'),
  hr(2, 'json-or-yaml', 'An index may be JSON or YAML.'),
  hr(2, 'dropped', 'Entries that are no valid charts are left out.'),
  hr(2, 'api-version', 'An index without apiVersion is IndexationFailed.'),
  hr(2, 'entry-api-version', 'A chart without apiVersion is of v1.'),
  hr(2, 'sorted', 'The versions of a chart are sorted, the newest first.'),
  hr(3, 'json', 'The index is stored as indented JSON.'),
  hr(3, 'file', 'The file is named by the digest of what was fetched.'),
  hr(3, 'link', 'status.url is a link, index.yaml, that leads to the current index.'),
  hr(3, 'revision', 'The revision is the digest of what was fetched, the digest that of what is stored.'),
  hr(4, 'unchanged', 'What was fetched before is neither read nor stored again.'),
  hr(5, 'basic', 'User and password of the Secret are shown to the server.'),
  hr(5, 'tls', "The server is trusted by the Secret's CA, and sees its client certificate."),
  hr(5, 'tls-wins', 'TLS of certSecretRef wins over that of secretRef, which is deprecated.'),
  hr(6, 'fetch-failed', 'An index that cannot be fetched is Failed, and tried again.'),
  hr(
    6,
    'indexation-failed',
    'An index that cannot be read is IndexationFailed, and the last good one stays.',
  ),
  hr(6, 'url-invalid', 'An oci URL without the type stalls with URLInvalid.'),
  hr(6, 'authentication-failed', 'Secrets that are missing or not whole are AuthenticationFailed.'),
  hr(6, 'event', 'A new index is told with its size and its URL.'),
  hr(7, 'fresh', 'A new index counts at once, whatever was known of the old one.'),
  hr(8, 'static', 'An object of type oci is not reconciled: no status, no finalizer, no artifact.'),
  hr(8, 'migrated', 'What an object of type oci still carries of an earlier time is taken away.'),
  hr(8, 'not-due', 'An object of type oci is never due.'),
  hr(9, 'default-type', 'provider and insecure mean nothing to an index behind HTTP.'),
  hr(9, 'oci-type', 'provider and insecure are taken for type oci, for those who read charts.'),
  hr(9, 'login', 'Of type oci, charts are had with what the cloud lends, at its own registries only.'),
  hr(10, 'type-switch', 'Who switches to oci loses artifact and status; not while suspended.'),
  hr(11, 'access-from', 'accessFrom has no effect.'),
] as const;

/** Who takes charts from the index. */
export const helmRepositoryConsumerFacts = [
  hr(5, 'pass-credentials', 'Credentials are shown to other hosts of charts when the spec says so, only.'),
  hr(12, 'charts', 'HelmCharts take charts from the index, and from registries.'),
  refused(12, 'releases', 'HelmReleases take charts from the index.'),
] as const;
