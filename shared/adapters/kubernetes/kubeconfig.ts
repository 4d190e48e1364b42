import { Fault } from '../../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../../core/yaml.ts';
import { type Credentials, parseServer } from './agents.ts';

/** A kubeconfig's present context, self-contained. */
export interface ParsedKubeconfig {
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  readonly credentials: Credentials;
  readonly tlsServerName?: string;
  /** Its certificate is not looked at. */
  readonly insecure?: boolean;
}

/** Ours: twice what Secrets Manager holds (64 KiB). */
export const MAX_KUBECONFIG_CHARACTERS = 128 * 1024;

/**
 * Reads a kubeconfig that somebody stored or a tenant wrote: self-contained, https, verified, a token or a client
 * certificate. Anything that would run a program, read a file or trust blindly is a Fault `invalid` with `data.field`.
 */
export function parseKubeconfig(
  text: string,
  {
    insecureTls = false,
  }: {
    /** Whether `insecure-skip-tls-verify` is obeyed instead of refused. */ readonly insecureTls?: boolean;
  } = {},
): ParsedKubeconfig {
  const config = readConfig(text);
  const context = namedEntry(config, 'contexts', 'context', currentContext(config));
  const cluster = namedEntry(config, 'clusters', 'cluster', reference(context, 'cluster'));
  const user = namedEntry(config, 'users', 'user', reference(context, 'user'));
  const insecure = insecureTls && cluster[INSECURE] === true;
  refuse(
    cluster,
    insecure ? REFUSED_OF_CLUSTER.filter(({ field }) => field !== INSECURE) : REFUSED_OF_CLUSTER,
  );
  refuse(user, REFUSED_OF_USER);
  const ca = pem(cluster, 'clusters[].cluster', 'certificate-authority-data', 'CERTIFICATE');
  const tlsServerName = optionalText(cluster, 'clusters[].cluster', 'tls-server-name');
  return {
    server: serverOf(cluster),
    ...(ca && { ca }),
    credentials: credentialsOf(user),
    ...(tlsServerName && { tlsServerName }),
    ...(insecure && { insecure }),
  };
}

interface Refusal {
  readonly field: string;
  readonly where: string;
  readonly why: string;
}

const INLINE = (data: string) => `names a file; put its content, base64-encoded, into ${data}`;
const CLUSTER = 'clusters[].cluster';
const USER = 'users[].user';
const INSECURE = 'insecure-skip-tls-verify';

const REFUSED_OF_CLUSTER: readonly Refusal[] = [
  { where: CLUSTER, field: 'certificate-authority', why: INLINE('certificate-authority-data') },
  {
    where: CLUSTER,
    field: INSECURE,
    why: 'turns verification off; give the CA in certificate-authority-data',
  },
  { where: CLUSTER, field: 'proxy-url', why: 'is not supported; give a server address reachable without it' },
];

const REFUSED_OF_USER: readonly Refusal[] = [
  { where: USER, field: 'exec', why: 'runs a program; use the token of a service account' },
  { where: USER, field: 'auth-provider', why: 'is not supported; use the token of a service account' },
  { where: USER, field: 'client-certificate', why: INLINE('client-certificate-data') },
  { where: USER, field: 'client-key', why: INLINE('client-key-data') },
  { where: USER, field: 'tokenFile', why: 'names a file; put the token itself into token' },
  { where: USER, field: 'username', why: 'is not supported by Kubernetes any more; use a token' },
  { where: USER, field: 'password', why: 'is not supported by Kubernetes any more; use a token' },
  { where: USER, field: 'as', why: 'changes the identity; use credentials of that user' },
  { where: USER, field: 'as-uid', why: 'changes the identity; use credentials of that user' },
  { where: USER, field: 'as-groups', why: 'changes the identity; use credentials of that user' },
  { where: USER, field: 'as-user-extra', why: 'changes the identity; use credentials of that user' },
];

/** Absent, null, empty and false fields are how clients write "not set". */
function refuse(entry: YamlMap, refusals: readonly Refusal[]): void {
  for (const { field, where, why } of refusals) {
    const value = entry[field];
    if (value !== undefined && value !== null && value !== '' && value !== false) {
      throw invalid(`${where}.${field}`, why);
    }
  }
}

function readConfig(text: string): YamlMap {
  let parsed: YamlValue = null;
  try {
    parsed = parseYaml(text, { maxCharacters: MAX_KUBECONFIG_CHARACTERS });
  } catch {
    // The parser's messages may quote the text, which holds secrets.
  }
  if (isYamlMap(parsed)) return parsed;
  const advice = `the kubeconfig is not a YAML mapping of at most ${MAX_KUBECONFIG_CHARACTERS} characters; store the output of kubectl config view --raw --minify --flatten`;
  throw new Fault('invalid', advice, { field: '' });
}

function currentContext(config: YamlMap): string {
  const name = config['current-context'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalid('current-context', 'is missing; name the context to use');
}

function reference(context: YamlMap, field: string): string {
  const name = context[field];
  if (typeof name === 'string' && name !== '') return name;
  throw invalid(`contexts[].context.${field}`, 'is missing; name the entry to use');
}

/** The `inner` mapping of the entry of `list` called `name`; the first of that name, as kubectl does. */
function namedEntry(config: YamlMap, list: string, inner: string, name: string): YamlMap {
  const entries = config[list];
  const entry: YamlValue | undefined = Array.isArray(entries)
    ? entries.find((item: YamlValue) => isYamlMap(item) && item.name === name)
    : undefined;
  const found = isYamlMap(entry) ? entry[inner] : undefined;
  if (isYamlMap(found)) return found;
  throw invalid(list, `has no usable entry "${name}"; add it or name another one`);
}

function serverOf(cluster: YamlMap): string {
  const { server } = cluster;
  if (typeof server !== 'string' || server === '') {
    throw invalid('clusters[].cluster.server', 'is missing; give the https:// address');
  }
  try {
    parseServer(server);
  } catch {
    throw invalid('clusters[].cluster.server', 'must be an https:// URL without user, query or fragment');
  }
  return server;
}

function credentialsOf(user: YamlMap): Credentials {
  const token = optionalText(user, USER, 'token');
  const certificate = pem(user, USER, 'client-certificate-data', 'CERTIFICATE');
  const key = pem(user, USER, 'client-key-data', 'PRIVATE KEY');
  if (token && /[^!-~]/.test(token))
    throw invalid(`${USER}.token`, 'holds white space or other characters no token has');
  if (!certificate !== !key) {
    const missing = certificate ? 'client-key-data' : 'client-certificate-data';
    throw invalid(`${USER}.${missing}`, 'is missing; a client certificate needs its key');
  }
  if (!token && !certificate) {
    throw invalid(USER, 'has neither token nor client-certificate-data; add one');
  }
  return { ...(token && { token }), ...(certificate && key && { clientCertificate: { certificate, key } }) };
}

function optionalText(entry: YamlMap, where: string, field: string): string | undefined {
  const value = entry[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalid(`${where}.${field}`, 'must be text');
}

/** Base64 of PEM, decoded. */
function pem(entry: YamlMap, where: string, field: string, label: string): string | undefined {
  const encoded = optionalText(entry, where, field)?.replaceAll(/\s/g, '');
  if (encoded === undefined) return undefined;
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded)
    ? Buffer.from(encoded, 'base64').toString('latin1')
    : '';
  if (new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(decoded)) return decoded;
  throw invalid(`${where}.${field}`, `must be the base64 of PEM with a ${label.toLowerCase()}`);
}

function invalid(field: string, why: string): Fault {
  return new Fault('invalid', `the kubeconfig's ${field} ${why}`, { field });
}
