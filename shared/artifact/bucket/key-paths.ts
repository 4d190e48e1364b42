import { Fault } from '../../core/failures.ts';

/** Linux: bytes of one name. */
const MAX_NAME_BYTES = 255;

/**
 * The path in the artifact of each key; slashes at the beginning and double ones count for nothing, as in a file system.
 * Fault `invalid` for a key that cannot be a file's path, and for two that would be one file or a file and its directory.
 */
export function pathsOf(keys: Iterable<string>): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  const byPath = new Map<string, string>();
  const directories = new Map<string, string>();
  for (const key of keys) {
    const path = pathOf(key);
    const other = byPath.get(path) ?? directories.get(path);
    if (other !== undefined) throw sameFile(key, other);
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
      const directory = path.slice(0, at);
      const file = byPath.get(directory);
      if (file !== undefined) throw sameFile(key, file);
      directories.set(directory, key);
    }
    byPath.set(path, key);
    paths.set(key, path);
  }
  return paths;
}

function pathOf(key: string): string {
  const parts = key.split('/').filter((part) => part !== '');
  const why = parts.map(whyNoName).find((reason) => reason !== undefined);
  if (parts.length === 0 || why !== undefined) throw invalid(key, why ?? 'it has no name');
  return parts.join('/');
}

function whyNoName(part: string): string | undefined {
  if (part === '.' || part === '..') return `it has a part "${part}"`;
  if (part.includes('\0')) return 'it holds a NUL';
  // Readers of archives on other systems take it for the way up.
  if (part.includes('\\..')) return 'it holds "\\.."';
  return Buffer.byteLength(part) > MAX_NAME_BYTES
    ? `a part has more than ${MAX_NAME_BYTES} bytes`
    : undefined;
}

function invalid(key: string, why: string): Fault {
  const text = `object ${shown(key)} cannot be a file: ${why}; rename it or leave it out by spec.ignore`;
  return new Fault('invalid', text, { key });
}

function sameFile(key: string, other: string): Fault {
  const text = `objects ${shown(other)} and ${shown(key)} cannot both be files; rename one or leave it out by spec.ignore`;
  return new Fault('invalid', text, { key, other });
}

function shown(key: string): string {
  const text = JSON.stringify(key);
  return text.length > 120 ? `${text.slice(0, 117)}..."` : text;
}
