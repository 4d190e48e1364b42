import { Buffer } from 'node:buffer';
import { badRequest } from '../api-error.ts';

/** Where a list in pages goes on: after the entry with key `after`, as of `revision`. */
export interface Continuation {
  readonly revision: number;
  readonly after: string;
}

const VERSION = 'meta.k8s.io/v1';

/** The token of a list's next page, as the API server writes it. */
export function continueToken({ revision, after }: Continuation): string {
  const text = JSON.stringify({ v: VERSION, rv: revision, start: `/${after}\0` });
  return Buffer.from(text).toString('base64url');
}

/** Reads a token. Throws 400. */
export function readContinueToken(token: string): Continuation {
  const { v, rv, start } = readJson(token);
  if (v !== VERSION) throw invalidToken('server does not recognize this encoded version "v1"');
  if (typeof rv !== 'number' || typeof start !== 'string' || start === '') throw invalidToken('no start');
  return { revision: rv, after: start.replace(/^\//, '').replace(/\0$/, '') };
}

function readJson(token: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Refused below.
  }
  throw invalidToken('invalid character');
}

function invalidToken(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
