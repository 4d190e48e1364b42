/** A directory or regular file that goes into an archive. */
export interface TarMember {
  /** Relative to the root, bytes as latin1; the root itself is `.`. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'executable';
  /** Empty for directories. */
  readonly data: Buffer;
}

/** What a tar header says of one entry; times and owners are always zero and empty. */
export interface TarEntry {
  /** Bytes as latin1. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'executable';
  readonly size: number;
}

/** Tar's unit. */
export const BLOCK = 512;

// Flux's default modes for artifacts.
const MODES = { directory: '0000750', file: '0000600', executable: '0000700' } as const;
const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const TYPE_FILE = '0';
const TYPE_DIRECTORY = '5';
const TYPE_PAX = 'x';
const CHECKSUM_AT = 148;

const template = makeTemplate();

/** The header of `entry`: one block, or three and more where the path needs a PAX record (long or not ASCII). */
export function tarHeader(entry: TarEntry): Buffer {
  const type = entry.kind === 'directory' ? TYPE_DIRECTORY : TYPE_FILE;
  const split = splitPath(entry.path);
  if (split) return block(split.name, split.prefix, MODES[entry.kind], entry.size, type);
  const record = paxRecord('path', entry.path);
  const padded = Buffer.alloc(Math.ceil(record.length / BLOCK) * BLOCK);
  padded.write(record, 'latin1');
  return Buffer.concat([
    block(paxName(entry.path), '', '0000000', record.length, TYPE_PAX),
    padded,
    block(ascii(entry.path).slice(0, NAME_BYTES), '', MODES[entry.kind], entry.size, type),
  ]);
}

function block(name: string, prefix: string, mode: string, size: number, type: string): Buffer {
  const header = Buffer.from(template);
  header.write(name, 0, 'latin1');
  header.write(mode, 100, 'latin1');
  header.write(size.toString(8).padStart(11, '0'), 124, 'latin1');
  header.write(type, 156, 'latin1');
  if (prefix !== '') header.write(prefix, 345, 'latin1');
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += header[at] as number;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM_AT, 'latin1');
  return header;
}

function makeTemplate(): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write('0000000', 108, 'latin1'); // uid
  header.write('0000000', 116, 'latin1'); // gid
  header.write('00000000000', 136, 'latin1'); // mtime
  header.write('        ', CHECKSUM_AT, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write('0000000', 329, 'latin1'); // device
  header.write('0000000', 337, 'latin1');
  return header;
}

/** Name and prefix by USTAR's rules; undefined when the path does not fit them. */
function splitPath(path: string): { name: string; prefix: string } | undefined {
  if (!isAscii(path)) return undefined;
  if (path.length <= NAME_BYTES) return { name: path, prefix: '' };
  const slash = path.lastIndexOf('/', PREFIX_BYTES);
  const name = path.slice(slash + 1);
  if (slash <= 0 || name === '' || name.length > NAME_BYTES) return undefined;
  return { name, prefix: path.slice(0, slash) };
}

/** `<length of all> key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function paxName(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return ascii(`${path.slice(0, slash)}PaxHeaders.0/${path.slice(slash)}`).slice(0, NAME_BYTES);
}

function isAscii(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return /^[\x00-\x7f]*$/.test(path);
}

function ascii(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return path.replace(/[^\x00-\x7f]/g, '');
}
