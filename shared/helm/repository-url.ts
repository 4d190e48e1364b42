import { Fault } from '../core/failures.ts';

const INDEX = 'index.yaml';

/** Whether a URL names an OCI registry. */
export function isOciUrl(url: string): boolean {
  return url.startsWith('oci://');
}

/** Where the index of the repository at `url` is. Fault `invalid`. */
export function indexUrl(url: string): string {
  const parsed = parse(url);
  parsed.pathname = `${parsed.pathname.replace(/\/+/g, '/').replace(/\/$/, '')}/${INDEX}`;
  return parsed.href;
}

/** Where a chart is that the index of `repository` names: relative to it unless it is absolute, with the repository's own query on its own host, as that may be a key; undefined for no URL of http or https. */
export function chartUrl(repository: string, url: string): string | undefined {
  const absolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(url);
  const base = parse(repository);
  const { search } = base;
  base.pathname = `${base.pathname.replace(/\/$/, '')}/`;
  const found = URL.parse(url, base.href);
  if (found === null || (found.protocol !== 'http:' && found.protocol !== 'https:')) return undefined;
  if (!absolute && found.origin === base.origin) found.search = search;
  return found.href;
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  throw new Fault('invalid', 'not a URL of http or https');
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** A size as people read it, four digits at most: `29.69kB` for 29 690 bytes. */
export function humanSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${Number(size.toPrecision(4))}${UNITS[unit]}`;
}
