import { Fault } from '../core/failures.ts';
import { nameOf, type OciRepository } from './repository.ts';

/** Who asks a registry. */
export type RegistryCredentials = (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth refresh token, which a token server exchanges. */
  | { readonly kind: 'identity'; readonly token: string }
  /** A token that the registry itself takes. */
  | { readonly kind: 'bearer'; readonly token: string }
) & {
  /** Set on what a cloud lends for a time: whom it has let us become, null where nobody else becomes the same. */
  readonly lent?: string | null;
};

/** What stands for who asks, where others share what is given to him; undefined where nobody else is the same. Holds secrets, JSON. */
export function whoAsks(credentials: RegistryCredentials | undefined): object | undefined {
  const { lent } = credentials ?? {};
  if (lent === undefined) return { credentials: credentials ?? null };
  return lent === null ? undefined : { lent };
}

interface Entry {
  readonly host: string;
  readonly path: string;
  readonly credentials: RegistryCredentials | undefined;
}

/** Ours: registries in one Docker config. */
const MAX_ENTRIES = 1000;

/**
 * The credentials that Docker configs (`{"auths": {...}}`, or its older form without `auths`) hold for a repository,
 * by Kubernetes' rules: host with `*` within a part, port equal, path a prefix, the longest first.
 * Fault `malformed` for a config that is none.
 */
export function credentialsFor(
  repository: OciRepository,
  configs: readonly string[],
): RegistryCredentials | undefined {
  const entries = configs.flatMap(entriesOf);
  const keys = entries.map((entry) => ({ entry, key: entry.host + entry.path }));
  keys.sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
  return keys.find(({ entry }) => matches(entry, repository))?.entry.credentials;
}

function entriesOf(text: string): readonly Entry[] {
  const config = parse(text);
  const auths = isRecord(config.auths) ? config.auths : config;
  const found = Object.entries(auths).filter(([, value]) => isRecord(value));
  if (found.length > MAX_ENTRIES) throw malformed(`more than ${MAX_ENTRIES} registries`);
  return found.flatMap(([key, value]) => entryOf(key, value as Readonly<Record<string, unknown>>) ?? []);
}

function entryOf(key: string, value: Readonly<Record<string, unknown>>): Entry | undefined {
  const bare = key.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = slash === -1 ? bare : bare.slice(0, slash);
  const path = slash === -1 ? '' : bare.slice(slash).replace(/^\/v[12](?=\/)/, '');
  if (host === '') return undefined;
  return { host: host.toLowerCase(), path: path === '/' ? '' : path, credentials: credentialsOf(value) };
}

function credentialsOf(value: Readonly<Record<string, unknown>>): RegistryCredentials | undefined {
  const text = (field: string): string => (typeof value[field] === 'string' ? value[field] : '');
  const identity = text('identitytoken');
  if (identity !== '') return { kind: 'identity', token: identity };
  const bearer = text('registrytoken');
  if (bearer !== '') return { kind: 'bearer', token: bearer };
  const auth = Buffer.from(text('auth'), 'base64').toString();
  const colon = auth.indexOf(':');
  const [user, pass] = colon === -1 ? ['', ''] : [auth.slice(0, colon), auth.slice(colon + 1)];
  const username = user || text('username');
  const password = (user === '' ? '' : pass.replace(/\0+$/, '')) || text('password');
  return username === '' && password === '' ? undefined : { kind: 'basic', username, password };
}

function matches({ host, path }: Entry, repository: OciRepository): boolean {
  const [wanted, port] = splitPort(repository.registry);
  const [pattern, patternPort] = splitPort(host === 'docker.io' ? 'index.docker.io' : host);
  if (port !== patternPort) return false;
  const parts = wanted.split('.');
  const globs = pattern.split('.');
  if (parts.length !== globs.length) return false;
  if (!globs.every((glob, index) => matchesPart(glob, parts[index] ?? ''))) return false;
  return nameOf(repository).slice(repository.registry.length).startsWith(path);
}

/** `*` stands for any letters of one part of a host's name. */
function matchesPart(glob: string, part: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === part;
  if (!part.startsWith(first)) return false;
  let at = first.length;
  for (const [index, piece] of rest.entries()) {
    const isLast = index === rest.length - 1;
    const found = isLast ? part.length - piece.length : part.indexOf(piece, at);
    if (found < at || (isLast && !part.endsWith(piece))) return false;
    at = found + piece.length;
  }
  return true;
}

function splitPort(host: string): readonly [name: string, port: string] {
  const found = /^(.*?)(?::([0-9]*))?$/.exec(host);
  return [found?.[1] ?? host, found?.[2] ?? ''];
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const config: unknown = JSON.parse(text);
    if (isRecord(config)) return config;
  } catch {
    // told below, without what the parser quotes of it
  }
  throw malformed('not a JSON object');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): Fault {
  return new Fault('malformed', `the Docker config is invalid: ${why}`);
}
