import { Fault } from '../../core/failures.ts';

/** What a parameter holds: the value behind `text:`, or as base64, or which version of a secret of its name holds it. */
const TEXT = 'text:';
const BASE64 = 'base64:';
const VERSION = 'secrets-manager:';

/** SSM keeps no value with double braces: it takes them for a reference. */
export function encode(value: string): string {
  return value.includes('{{') ? BASE64 + Buffer.from(value).toString('base64') : TEXT + value;
}

/** What `encode` was given. Fault `malformed` for a parameter that somebody else wrote. */
export function decode(stored: string): string {
  if (stored.startsWith(TEXT)) return stored.slice(TEXT.length);
  if (stored.startsWith(BASE64)) return Buffer.from(stored.slice(BASE64.length), 'base64').toString();
  throw new Fault('malformed', 'a secret was not written by Sluice; register the cluster again');
}

/** The text of a parameter whose value is a version of a secret. */
export function pointerTo(version: string): string {
  return VERSION + version;
}

/** The version that a parameter names; undefined when it holds the value itself. */
export function versionIn(stored: string): string | undefined {
  return stored.startsWith(VERSION) ? stored.slice(VERSION.length) : undefined;
}
