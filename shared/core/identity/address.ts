import { Fault } from '../failures.ts';
import { isYamlMap, parseYaml, type YamlValue } from '../yaml.ts';

/** An address of an API server, `https://host:port` in lower case, as addresses are compared. Fault `invalid` unless it is one of https. */
export function canonicalAddress(address: string): string {
  const url = URL.parse(address.startsWith('http') ? address : `https://${address}`);
  const fits = url?.protocol === 'https:' && url.hostname !== '' && !url.username && !url.password;
  if (fits) return `https://${url.hostname.toLowerCase()}:${url.port || '443'}`;
  throw new Fault('invalid', `the cluster address '${address}' must be one of https`, { field: 'address' });
}

/** An API server that a cloud tells of. */
export interface ApiServer {
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
}

/** The API servers in a kubeconfig that a cloud made; who logs in, and how, is left out. Fault `malformed`. */
export function serversIn(kubeconfig: string): readonly ApiServer[] {
  let parsed: YamlValue = null;
  try {
    parsed = parseYaml(kubeconfig);
  } catch {
    // The parser's messages may quote the text, which may hold secrets.
  }
  const clusters = isYamlMap(parsed) && Array.isArray(parsed.clusters) ? parsed.clusters : undefined;
  if (clusters === undefined)
    throw new Fault('malformed', 'the cloud answered with a kubeconfig of no clusters');
  return clusters.flatMap((entry: YamlValue) => {
    const cluster = isYamlMap(entry) && isYamlMap(entry.cluster) ? entry.cluster : {};
    const { server, 'certificate-authority-data': data } = cluster;
    if (typeof server !== 'string') return [];
    return [{ server, ...(typeof data === 'string' && { ca: decodeBase64(data) }) }];
  });
}

/** Which of a cluster's servers is meant: the one with the given address, else the first. Fault `invalid` names those it has. */
export function chooseServer(
  servers: readonly ApiServer[],
  address: string | undefined,
  cluster: string,
): ApiServer {
  const wanted = address === undefined ? undefined : canonicalAddress(address);
  const found = servers.find(({ server }) => wanted === undefined || canonicalAddress(server) === wanted);
  if (found !== undefined) return { ...found, server: canonicalAddress(found.server) };
  const own = servers.map(({ server }) => `'${server}'`).join(', ');
  const text = address === undefined ? 'has no address' : `has no address '${address}'; it has [${own}]`;
  throw new Fault('invalid', `cluster ${cluster} ${text}`, { field: 'address' });
}

/** Base64 as text. */
export function decodeBase64(data: string): string {
  return Buffer.from(data, 'base64').toString('utf8');
}
