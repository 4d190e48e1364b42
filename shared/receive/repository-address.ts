import { sha256Hex } from '../core/digests.ts';
import { decodePercent } from '../core/percent.ts';

/** A longer URL than this is none, characters. */
const MAX_URL = 2048;

/**
 * The host and path that all spellings of a repository's URL have in common, such as `github.com/org/app`: without
 * scheme, user, port, `.git`, tag, digest, query and the slash at the end, in lower case (hosts compare paths without
 * case, and one trigger too many harms nobody). Undefined when it names no repository.
 */
export function repositoryAddress(url: string): string | undefined {
  if (url.length > MAX_URL) return undefined;
  const { host, path } = parts(url.trim());
  const segments = decodePercent(path.split(/[?#]/, 1)[0] ?? '')
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  const last = segments.pop()?.replace(/\.git$/, '');
  if (!/^[a-z0-9._-]+$|^\[[0-9a-f:.]+\]$/.test(host) || !last || segments.includes('..') || last === '..')
    return undefined;
  return [host, ...segments, last].join('/');
}

/** The digest by which the index of repositories is kept. */
export function addressDigest(address: string): string {
  return sha256Hex(address);
}

/** Whether a repository lies in an organisation, a group or a project: `org`, `org/group` or with the host before it. */
export function isWithin(address: string, org: string): boolean {
  const wanted = org.toLowerCase().split('/').filter(Boolean);
  const segments = address.split('/');
  const starts = (from: number): boolean => wanted.every((segment, i) => segments[from + i] === segment);
  return wanted.length > 0 && (starts(1) || starts(0));
}

function parts(url: string): { readonly host: string; readonly path: string } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url);
  const rest = scheme ? url.slice(scheme[0].length) : url;
  // Git's scp-like form: a colon before the first slash that no port follows.
  const scp = scheme ? null : /^(?:([^@/:]+)@)?(\[[^\]]+\]|[^@/:[\]]+):(.*)$/s.exec(rest);
  const hasPort = scp?.[1] === undefined && /^[0-9]+(?:\/|$)/.test(scp?.[3] ?? '');
  if (scp && !hasPort) return { host: (scp[2] ?? '').toLowerCase(), path: scp[3] ?? '' };
  const slash = rest.indexOf('/');
  if (slash === -1) return { host: '', path: '' };
  const authority = rest.slice(0, slash);
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:[0-9]*$/, '');
  const path = rest.slice(slash + 1);
  const isImage = scheme === null || scheme[1]?.toLowerCase() === 'oci';
  return { host: host.toLowerCase(), path: isImage ? withoutTag(path) : path };
}

/** `app:1.0@sha256:...` -> `app`. */
function withoutTag(path: string): string {
  return path.replace(/@[a-z0-9]+:[0-9a-f]+$/i, '').replace(/:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, '');
}
