import { createHash } from 'node:crypto';
import { Fault } from './failures.ts';

/** S3: bytes of a key in UTF-8. */
export const MAX_KEY_BYTES = 1024;

interface Condition {
  readonly ifMatch?: string;
  readonly ifAbsent?: boolean;
}

/** Refuses what S3 would refuse as a key: Fault `invalid`. */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > MAX_KEY_BYTES)
    throw new Fault('invalid', `an object's key has 1 to ${MAX_KEY_BYTES} bytes`, { key });
  if (!key.isWellFormed()) throw new Fault('invalid', 'an object key is not well-formed Unicode', { key });
}

/** Refuses a put that asks for both conditions, as S3 does: Fault `invalid`. */
export function checkPutCondition(condition: Condition | undefined): void {
  if (condition?.ifAbsent && condition.ifMatch !== undefined)
    throw new Fault('invalid', 'a put is either ifMatch or ifAbsent');
}

/** Fault `precondition-failed` when `condition` does not hold for what is stored. */
export function checkPrecondition(
  key: string,
  stored: string | undefined,
  condition: Condition | undefined,
): void {
  const broken =
    (condition?.ifAbsent && stored !== undefined) ||
    (condition?.ifMatch !== undefined && condition.ifMatch !== stored);
  if (broken) throw new Fault('precondition-failed', `${key} is not what it was expected to be`, { key });
}

/** The etag of the stores that choose their own: `"sha256-<hex>"`, quoted as HTTP's are. */
export function etagOf(body: Uint8Array): string {
  return `"sha256-${createHash('sha256').update(body).digest('hex')}"`;
}

/** UTF-8 byte order, in which S3 lists keys (JavaScript's own order is UTF-16's). */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** SSM's rules, the narrowest: letters, digits, `.`, `-`, `_` and `/` between parts, at most 512 characters. Fault `invalid`. */
export function checkSecretName(name: string): void {
  if (name.length > 512 || !/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/.test(name))
    throw new Fault('invalid', 'a secret name has letters, digits, ".", "-", "_" and single "/"', { name });
}
