import { Fault, isFault } from '../core/failures.ts';
import { parseJson, toJson } from '../core/json.ts';
import { isYamlMap, type YamlMap, type YamlValue } from '../core/yaml.ts';
import { decryptFile, type Formats } from './decrypt.ts';
import { encryptedFormat, type Format, formatOf, looksEncrypted } from './formats/formats.ts';
import type { Unwrap } from './master-keys.ts';
import { createVeil } from './veil.ts';

/** Bytes of an encrypted file that are read, upstream's maxEncryptedFileSize (KS-53). */
export const MAX_ENCRYPTED_FILE = 5 * 1024 * 1024;

/** How a file is used, which tells its format when its name does not. */
export type FileUse = 'file' | 'env';

/** Decrypts what SOPS encrypted before and after a build. */
export interface Decryptor {
  /** The plain file; undefined when it does not look encrypted. `name` tells the format. Faults: `too-large`, and those of decryptFile. */
  file(bytes: Uint8Array, name: string, use: FileUse): Promise<Uint8Array | undefined>;
  /** The plain resource; undefined when nothing in it is encrypted. Faults as above. */
  resource(object: YamlMap): Promise<YamlMap | undefined>;
  /** A message without what this decryptor has decrypted. */
  hide(message: string): string;
}

type Open = (bytes: Uint8Array, formats: Formats) => Promise<Uint8Array>;

/** A decryptor by a ring of keys. */
export function createDecryptor(unwrap: Unwrap): Decryptor {
  const veil = createVeil();
  const open: Open = async (bytes, formats) => {
    const plain = await decryptFile(bytes, formats, unwrap);
    veil.remember(bytes, plain);
    return plain;
  };
  return {
    hide: veil.hide,
    async file(bytes, name, use) {
      if (bytes.length > MAX_ENCRYPTED_FILE) {
        const text = `cannot decrypt file with size (${bytes.length} bytes) exceeding limit (${MAX_ENCRYPTED_FILE})`;
        throw new Fault('too-large', text);
      }
      const found = formatOf(name);
      const format: Format = use === 'env' && found === 'binary' ? 'dotenv' : found;
      if (!looksEncrypted(bytes, format)) return undefined;
      return open(bytes, { from: format, to: format });
    },
    async resource(object) {
      if (isOptedOut(object)) return undefined;
      if (hasMac(object)) return decryptWhole(object, open);
      return object.kind === 'Secret' ? decryptEntries(object, open) : undefined;
    },
  };
}

/** Upstream's annotation by which an object is left as it is. */
const OPT_OUT = 'kustomize.toolkit.fluxcd.io/decrypt';

function isOptedOut({ metadata }: YamlMap): boolean {
  const annotations = isYamlMap(metadata) ? metadata.annotations : undefined;
  return isYamlMap(annotations) && String(annotations[OPT_OUT]).toLowerCase() === 'disabled';
}

function hasMac({ sops }: YamlMap): boolean {
  if (!isYamlMap(sops)) return false;
  const { mac } = sops;
  return mac !== undefined && mac !== null && mac !== '';
}

/** As upstream: through JSON, since what follows is an apply. */
async function decryptWhole(object: YamlMap, open: Open): Promise<YamlMap> {
  const bytes = new TextEncoder().encode(toJson(object));
  try {
    const text = new TextDecoder().decode(await open(bytes, JSON_ONLY));
    const plain = parseJson(text) as YamlValue;
    if (isYamlMap(plain)) return plain;
  } catch (error) {
    throw about(`failed to decrypt and format '${titleOf(object)}' ${object.kind} data`, error);
  }
  throw new Fault('malformed', 'what was decrypted is no object');
}

const JSON_ONLY = { from: 'json', to: 'json' } as const;

async function decryptEntries(object: YamlMap, open: Open): Promise<YamlMap | undefined> {
  const { data } = object;
  if (!isYamlMap(data)) return undefined;
  const plain: Record<string, YamlValue> = {};
  for (const [key, value] of Object.entries(data)) {
    const decrypted = typeof value === 'string' ? await decryptEntry(object, key, value, open) : undefined;
    if (decrypted !== undefined) plain[key] = decrypted;
  }
  return Object.keys(plain).length === 0 ? undefined : { ...object, data: { ...data, ...plain } };
}

const BASE64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

async function decryptEntry(
  object: YamlMap,
  key: string,
  value: string,
  open: Open,
): Promise<string | undefined> {
  // What is no base64 is told by the API server.
  if (!BASE64.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  const from = encryptedFormat(bytes);
  if (from === undefined) return undefined;
  try {
    const plain = await open(bytes, { from, to: formatOf(key) });
    return Buffer.from(plain).toString('base64');
  } catch (error) {
    throw about(`failed to decrypt and format '${titleOf(object)}' Secret field '${key}'`, error);
  }
}

function titleOf({ metadata }: YamlMap): string {
  const { namespace = '', name = '' } = isYamlMap(metadata) ? metadata : {};
  return `${namespace}/${name}`;
}

function about(what: string, error: unknown): unknown {
  return isFault(error) ? new Fault(error.code, `${what}: ${error.message}`, error.data, error) : error;
}
