import { Fault } from '../core/failures.ts';

/** A repository of a registry, as `oci://<registry>/<path>` names it. */
export interface OciRepository {
  /** Host and port of the registry, such as `ghcr.io`. */
  readonly registry: string;
  /** Such as `org/app`. */
  readonly path: string;
}

const SCHEME = 'oci://';
/** What a name without a registry means, and by what Docker Hub's own name is replaced. */
const DOCKER_HUB = 'index.docker.io';
const HUB_ALIAS = 'docker.io';
/** The distribution specification's bound on host and name together. */
const MAX_PATH = 255;
const ALLOWED = 'abcdefghijklmnopqrstuvwxyz0123456789_-./';

/** The repository behind a URL. Fault `invalid` when it is none, or names a tag or a digest. */
export function parseRepository(url: string): OciRepository {
  if (!url.startsWith(SCHEME)) throw invalid("URL must be in format 'oci://<domain>/<org>/<repo>'");
  const name = url.slice(SCHEME.length);
  if (name === '') throw invalid('a repository name must be specified');
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasRegistry = /[.:]/.test(first) || first === 'localhost';
  const registry = hasRegistry ? registryOf(first) : DOCKER_HUB;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  refuseReference(path);
  if (path === '' || path.length > MAX_PATH)
    throw invalid(`repository must be between 1 and ${MAX_PATH} characters in length: ${path}`);
  // Whoever could write `..` or `//` could name another part of the registry's API.
  const isPath = [...path].every((letter) => ALLOWED.includes(letter));
  const segments = path.split('/');
  if (!isPath || segments.some((segment) => segment === '' || /^\.+$/.test(segment)))
    throw invalid(`repository can only contain the characters \`${ALLOWED}\`: ${path}`);
  const isOfficial = registry === DOCKER_HUB && segments.length === 1;
  return { registry, path: isOfficial ? `library/${path}` : path };
}

/** `<registry>/<path>`: how credentials and people name it. */
export function nameOf({ registry, path }: OciRepository): string {
  return `${registry}/${path}`;
}

function registryOf(host: string): string {
  const url = URL.parse(`https://${host}`);
  if (url === null || url.username !== '' || url.password !== '' || host.includes('@'))
    throw invalid(`registries must be valid RFC 3986 URI authorities: ${host}`);
  return host === HUB_ALIAS ? DOCKER_HUB : host.toLowerCase();
}

function refuseReference(path: string): void {
  const [, digest] = path.split('@');
  if (digest !== undefined) throw invalid(`URL must not contain a digest; remove '@${digest}'`);
  const [, tag] = path.split(':');
  if (tag !== undefined) throw invalid(`URL must not contain a tag; remove ':${tag}'`);
}

function invalid(message: string): Fault {
  return new Fault('invalid', message);
}
