/**
 * Keys as paths, so that no key can leave the directory, `a` and `a/b` coexist, and file systems which fold case or
 * normalise Unicode keep keys apart: a directory per `/`-separated part, a file's name ends in `=`; everything but
 * `a-z 0-9 _ - .` is `%xx`, a leading `.` too; an empty part is `%`; a part of more than 200 characters goes on in
 * another directory: `<head>+/+<tail>`.
 */

/** Well under the 255 bytes that file systems allow for a name. */
const MAX_NAME = 200;

/** The relative path of the file that holds `key`. */
export function pathOfKey(key: string): string {
  return `${key.split('/').map(encodePart).join('/')}=`;
}

/** The key of a relative path, undefined when the file is not one of ours. */
export function keyOfPath(path: string): string | undefined {
  if (!path.endsWith('=')) return undefined;
  const parts = path.slice(0, -1).replaceAll('+/+', '').split('/').map(decodePart);
  if (parts.includes(undefined)) return undefined;
  const key = parts.join('/');
  return pathOfKey(key) === path ? key : undefined;
}

/** The relative path of the deepest directory that holds every key with `prefix`; empty for the root. */
export function directoryOfPrefix(prefix: string): string {
  return prefix.split('/').slice(0, -1).map(encodePart).join('/');
}

function encodePart(part: string): string {
  if (part === '') return '%';
  let encoded = '';
  for (const byte of Buffer.from(part)) {
    const character = String.fromCharCode(byte);
    const plain = /[a-z0-9_-]/.test(character) || (character === '.' && encoded !== '');
    encoded += plain ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }
  const pieces = encoded.match(new RegExp(`.{1,${MAX_NAME}}`, 'g')) ?? [];
  return pieces.join('+/+');
}

function decodePart(encoded: string): string | undefined {
  if (encoded === '%') return '';
  if (!/^(?:[a-z0-9_.-]|%[0-9a-f]{2})+$/.test(encoded)) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
