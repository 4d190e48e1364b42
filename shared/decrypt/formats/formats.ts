import { Fault } from '../../core/failures.ts';
import { Branch, Comment, entriesOf, type TreeValue } from '../tree.ts';
import { readDotenv, writeDotenv } from './dotenv.ts';
import { readIni, writeIni } from './ini.ts';
import { readJson, writeJson } from './json.ts';
import { unflatten } from './unflatten.ts';
import { readYaml } from './yaml-read.ts';
import { writeYaml } from './yaml-write.ts';

/** The formats that SOPS encrypts. */
export type Format = 'binary' | 'dotenv' | 'ini' | 'json' | 'yaml';

/** What messages call a format. */
export const FORMAT_NAMES: Readonly<Record<Format, string>> = {
  binary: 'binary',
  dotenv: 'dotenv',
  ini: 'INI',
  json: 'JSON',
  yaml: 'YAML',
};

/** A file of a format by the ending of its name; what has none of these is one binary value (KS-52). */
export function formatOf(path: string): Format {
  if (path.endsWith('.dockerconfigjson') || path.endsWith('.json')) return 'json';
  if (/\.ya?ml$/.test(path)) return 'yaml';
  if (path.endsWith('.env')) return 'dotenv';
  return path.endsWith('.ini') ? 'ini' : 'binary';
}

// A binary file is encrypted as a JSON object.
const MARKS: Readonly<Record<Format, string>> = {
  binary: '"mac": "ENC[',
  dotenv: 'sops_mac=ENC[',
  ini: '[sops]',
  json: '"mac": "ENC[',
  yaml: 'mac: ENC[',
};

/** Whether bytes look as if SOPS had encrypted them in this format. */
export function looksEncrypted(bytes: Uint8Array, format: Format): boolean {
  return viewOf(bytes).includes(MARKS[format]);
}

/** The format in which bytes look encrypted. */
export function encryptedFormat(bytes: Uint8Array): Format | undefined {
  return (['json', 'dotenv', 'ini', 'yaml'] as const).find((format) => looksEncrypted(bytes, format));
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An encrypted file: its documents without what SOPS added, and that. */
export interface Loaded {
  readonly documents: readonly Branch[];
  readonly metadata: Branch;
}

/** Reads an encrypted file. Fault `malformed`, `too-large`. */
export function load(bytes: Uint8Array, format: Format): Loaded {
  const text = viewOf(bytes).toString('utf8');
  switch (format) {
    case 'binary':
    case 'json':
      return split([readJson(text)]);
    case 'yaml':
      return split(readYaml(text));
    case 'ini':
      return splitIni(readIni(text));
    case 'dotenv':
      return splitDotenv(readDotenv(text));
  }
}

const SOPS = 'sops';
const SOPS_PREFIX = 'sops_';

/** The first document has the metadata; the others may have copies. */
function split(documents: readonly Branch[]): Loaded {
  const [found, ...others] = documents[0] ? entriesOf(documents[0]).filter(({ key }) => key === SOPS) : [];
  if (found === undefined) throw new Fault('malformed', 'sops metadata not found');
  if (others.length > 0) throw new Fault('malformed', `Found duplicate ${SOPS} entry`);
  if (!(found.value instanceof Branch))
    throw new Fault('malformed', `Found ${SOPS} entry that is not a mapping`);
  const documentsWithout = documents.map(
    ({ items }) => new Branch(items.filter((item) => item instanceof Comment || item.key !== SOPS)),
  );
  return { documents: documentsWithout, metadata: found.value };
}

function splitIni(file: Branch): Loaded {
  const { documents, metadata } = split([file]);
  const lines = new Branch(
    entriesOf(metadata).map(({ key, value }) => ({
      key,
      value: typeof value === 'string' ? value.replaceAll('\\n', '\n') : value,
    })),
  );
  return { documents, metadata: unflatten(lines) };
}

function splitDotenv({ items }: Branch): Loaded {
  const isOurs = (item: Branch['items'][number]): boolean =>
    item instanceof Comment || !item.key.startsWith(SOPS_PREFIX);
  const metadata = entriesOf(new Branch(items))
    .filter(({ key }) => key.startsWith(SOPS_PREFIX))
    .map(({ key, value }) => ({ key: key.slice(SOPS_PREFIX.length), value }));
  if (metadata.length === 0) throw new Fault('malformed', 'sops metadata not found');
  return { documents: [new Branch(items.filter(isOurs))], metadata: unflatten(new Branch(metadata)) };
}

/** Writes a decrypted file. Fault `invalid` for what the format cannot hold. */
export function emit(documents: readonly Branch[], format: Format): Uint8Array {
  const [first = new Branch([])] = documents;
  switch (format) {
    case 'binary':
      return binary(documents);
    case 'json':
      return encoded(writeJson(first));
    case 'yaml':
      return encoded(writeYaml(documents));
    case 'ini':
      return encoded(writeIni(first));
    case 'dotenv':
      return encoded(writeDotenv(first));
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function binary(documents: readonly Branch[]): Uint8Array {
  const [only, ...others] = documents;
  const problem = (text: string): Fault => new Fault('invalid', `error emitting binary store: ${text}`);
  if (only === undefined || others.length > 0) throw problem('there must be exactly one tree branch');
  const data: TreeValue | undefined = entriesOf(only).find(({ key }) => key === 'data')?.value;
  if (data === undefined) throw problem('no binary data found in tree');
  if (data instanceof Uint8Array) return data;
  if (typeof data !== 'string') throw problem("'data' key in tree does not have a string value");
  return encoded(data);
}
