import { Fault } from '../../core/failures.ts';

/** Where a container of Azure Blob Storage is. */
export interface AzureAddress {
  /** Without a slash at its end; its path and query come before what is asked. */
  readonly endpoint: URL;
  readonly container: string;
}

// Azure's rule for names of containers, and its three own ones.
const CONTAINER = /^(?:\$(?:root|web|logs)|[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9])$/;
// Azure's clouds, by whole names: a token that is lent to a tenant goes to no other host.
const AZURE_HOST =
  /^[a-z0-9-]{3,63}(?:\.z[0-9]{1,2})?\.blob\.(?:core\.windows\.net|storage\.azure\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)$/;

/** The place that `endpoint`, an URL here, and `bucketName` mean. Fault `invalid`, which does not tell the URL's query. */
export function azureAddress(spec: { readonly endpoint: string; readonly bucketName: string }): AzureAddress {
  const endpoint = URL.parse(spec.endpoint);
  const isUsable =
    endpoint !== null &&
    (endpoint.protocol === 'https:' || endpoint.protocol === 'http:') &&
    endpoint.username + endpoint.password + endpoint.hash === '';
  if (!isUsable) {
    const form = 'https://ACCOUNT.blob.core.windows.net';
    throw new Fault('invalid', `endpoint '${spec.endpoint.split('?')[0]}' is not a URL such as ${form}`);
  }
  if (!CONTAINER.test(spec.bucketName) || spec.bucketName.includes('--'))
    throw new Fault('invalid', `'${spec.bucketName}' is not the name of a container`);
  endpoint.pathname = endpoint.pathname.replace(/\/+$/, '');
  return { endpoint, container: spec.bucketName };
}

/** The URL of a blob of the container, or of the container itself. */
export function azureUrl(
  { endpoint, container }: AzureAddress,
  key: string,
  query: Readonly<Record<string, string>> = {},
): URL {
  const url = new URL(endpoint);
  const parts = [container, ...(key === '' ? [] : key.split('/'))];
  url.pathname = `${endpoint.pathname.replace(/\/$/, '')}/${parts.map(encodeURIComponent).join('/')}`;
  return withQuery(url, Object.entries(query));
}

/** The URL with these parameters in its query; a space is `%20`, as Azure's own clients write it. */
export function withQuery(url: URL, query: Iterable<readonly [string, string]>): URL {
  const fuller = new URL(url);
  for (const [name, value] of query) fuller.searchParams.set(name, value);
  fuller.search = fuller.searchParams.toString().replaceAll('+', '%20');
  return fuller;
}

/** Whether Azure itself serves the container, over TLS. */
export function isAzure({ endpoint }: Pick<AzureAddress, 'endpoint'>): boolean {
  return endpoint.protocol === 'https:' && endpoint.port === '' && AZURE_HOST.test(endpoint.hostname);
}

/** The account that a key is of: the first label of the host. Fault `invalid`. */
export function accountOf({ endpoint }: Pick<AzureAddress, 'endpoint'>): string {
  const labels = endpoint.hostname.split('.');
  if (labels.length > 2 && labels[0]) return labels[0];
  const text = `failed to extract account name from endpoint: expected '${endpoint.hostname}' to be a subdomain`;
  throw new Fault('invalid', text);
}
