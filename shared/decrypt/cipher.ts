import { isUtf8 } from 'node:buffer';
import { createDecipheriv } from 'node:crypto';
import { Fault } from '../core/failures.ts';
import { Comment, Instant, type TreeValue } from './tree.ts';

// What SOPS writes for a value. Base64 has no commas, so that every part ends at the first one.
const VALUE = /^ENC\[AES256_GCM,data:([^,]+),iv:([^,]+),tag:([^,]+),type:([^,\]]+)\]/;

/** Longest encrypted value that is looked at: no file may be larger (5 MiB), and base64 takes a third more. */
const MAX_VALUE = 8 * 1024 * 1024;
/** The length of AES-256-GCM's tag, bytes. */
const TAG_BYTES = 16;

/** Decrypts a value that stands at `path` (keys, each followed by a colon). Faults: `malformed`, `unauthorized` (the key or the path is another one); no message tells the value. */
export function decryptValue(text: string, key: Uint8Array, path: string): TreeValue {
  if (text === '') return '';
  const [data, iv, tag, type] = partsOf(text);
  return typed(open(data, iv, tag, key, path), type);
}

function partsOf(text: string): readonly [Buffer, Buffer, Buffer, string] {
  const match = text.length > MAX_VALUE ? null : VALUE.exec(text);
  if (match === null)
    throw new Fault('malformed', "Input string <redacted> does not match sops' data format");
  const [, data = '', iv = '', tag = '', type = ''] = match;
  return [base64(data, 'data'), base64(iv, 'iv'), base64(tag, 'tag'), type];
}

function base64(text: string, part: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new Fault('malformed', `Error base64-decoding ${part}`);
  return Buffer.from(text, 'base64');
}

function open(data: Buffer, iv: Buffer, tag: Buffer, key: Uint8Array, path: string): Buffer {
  if (key.length !== 32) throw new Fault('malformed', `the data key has ${key.length} bytes instead of 32`);
  try {
    if (tag.length !== TAG_BYTES || iv.length === 0) throw new Error('lengths');
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(path)).setAuthTag(tag);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch (cause) {
    throw new Fault(
      'unauthorized',
      'Could not decrypt with AES_GCM: cipher: message authentication failed',
      {},
      cause,
    );
  }
}

function typed(bytes: Buffer, type: string): TreeValue {
  const text = bytes.toString('utf8');
  switch (type) {
    case 'str':
      // A file that is no text is one value.
      return isUtf8(bytes) ? text : bytes;
    case 'bytes':
      return bytes;
    case 'comment':
      return new Comment(text);
    case 'time':
      return new Instant(text);
    case 'int':
      if (/^[-+]?[0-9]+$/.test(text)) return BigInt(text.replace('+', ''));
      break;
    case 'float':
      if (text !== '' && Number.isFinite(Number(text))) return Number(text);
      break;
    case 'bool':
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
      if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
      break;
    default:
      throw new Fault('malformed', `Unknown datatype: ${type.slice(0, 40)}`);
  }
  throw new Fault('malformed', `a decrypted value is no ${type}`);
}
