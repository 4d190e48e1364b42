import type { X509Certificate } from 'node:crypto';
import {
  bitsOf,
  contextTag,
  type Der,
  extentAt,
  integerOf,
  needed,
  oid,
  readAll,
  readOne,
  TAG,
  unsigned,
  within,
} from '../asn1/der.ts';
import { listUrlsIn, urlsOfPoint } from '../asn1/names.ts';
import { algorithmIn, isSignedBy } from '../asn1/signatures.ts';
import { isTime, timeOf } from '../asn1/times.ts';
import { type Extension, extensionsIn, factsOf, INVALIDITY_DATE } from '../certificate-facts.ts';

/** What a list of what is revoked says of one certificate. */
export interface RevocationList {
  readonly number: bigint | undefined;
  /** Where the lists of what has changed since are. */
  readonly changesUrls: readonly string[];
  /** Of a list of changes: since which number. */
  readonly changesSince: bigint | undefined;
  /** What is said of the certificate, in order. */
  readonly entries: readonly ListEntry[];
}

export interface ListEntry {
  /** Milliseconds since 1970. */
  readonly revokedAt: number;
  /** RFC 5280's number, 0 when none is given. */
  readonly reason: number;
  readonly invalidSince: number | undefined;
  /** Something critical is said that nobody here understands. */
  readonly isUnclear: boolean;
}

/** Ours: what is said of one certificate in one list; a hold and its end are two. */
const MAX_ENTRIES = 100;
const CRL_SIGN = 0x02;
const VERSION_2 = 1n;
const LIST = {
  number: oid('2.5.29.20'),
  reason: oid('2.5.29.21'),
  invalidityDate: INVALIDITY_DATE,
  changesSince: oid('2.5.29.27'),
  scope: oid('2.5.29.28'),
  changes: oid('2.5.29.46'),
} as const;
const UNDERSTOOD: ReadonlySet<string> = new Set([LIST.changesSince, LIST.scope]);

/**
 * What a list says of `certificate` at `now`, once it is its issuer's and about such certificates. Only what is said
 * of this one is kept: a list may have a million entries. Throws an Error that says why it does not count.
 */
export function readList(
  bytes: Buffer,
  certificate: X509Certificate,
  issuer: X509Certificate,
  now: Date,
): RevocationList {
  const [tbs, outer, signature] = within(readOne(bytes, TAG.sequence));
  const [version, inner, , thisUpdate, ...rest] = within(tbs);
  if (integerOf(version) !== VERSION_2) throw new Error('it is of an unknown version');
  if (!needed(inner, TAG.sequence).bytes.equals(needed(outer, TAG.sequence).bytes))
    throw new Error('it names two algorithms');
  refuseForged(needed(tbs, TAG.sequence), needed(outer, TAG.sequence), bitsOf(signature), issuer);
  if (!isTime(thisUpdate)) throw new Error('it is not dated');
  const next = rest.find(isTime);
  if (next === undefined) throw new Error('it does not say until when it holds');
  if (now.getTime() > timeOf(next)) throw new Error('it has expired');
  const holder = rest.find(({ tag }) => tag === contextTag(0));
  const extensions = holder === undefined ? [] : extensionsIn(readOne(holder.value, TAG.sequence));
  if (extensions.some(({ id, isCritical }) => isCritical && !UNDERSTOOD.has(id)))
    throw new Error('it has an unknown critical extension');
  refuseOtherScope(extensions, certificate);
  return {
    ...numbersIn(extensions),
    changesUrls: listUrlsIn(valueIn(extensions, LIST.changes)),
    entries: entriesAbout(rest.find(({ tag }) => tag === TAG.sequence)?.value, certificate),
  };
}

function refuseForged(tbs: Der, algorithm: Der, signature: Buffer, issuer: X509Certificate): void {
  const { isAuthority = false, keyUsage } = factsOf(issuer) ?? {};
  if (!isAuthority || (keyUsage !== undefined && (keyUsage.bits & CRL_SIGN) === 0))
    throw new Error('the issuer may not sign lists');
  const how = algorithmIn(algorithm);
  if (how === undefined) throw new Error('it is signed in a way that does not count, such as SHA-1');
  if (!isSignedBy(issuer.publicKey, how, tbs.bytes, signature))
    throw new Error("its signature is not the issuer's");
}

/** A list of a part of the certificates, or of some reasons, says nothing of others; upstream does not look. */
function refuseOtherScope(extensions: readonly Extension[], certificate: X509Certificate): void {
  const value = valueIn(extensions, LIST.scope);
  if (value === undefined) return;
  const facts = factsOf(certificate);
  const fields = new Map(within(readOne(value, TAG.sequence)).map((field) => [field.tag & 0x1f, field]));
  const isSet = (number: number): boolean => (fields.get(number)?.value[0] ?? 0) !== 0;
  const isOther = isSet(facts?.isAuthority ? 1 : 2) || isSet(4) || isSet(5) || fields.has(3);
  if (isOther) throw new Error('it is not about such certificates');
  const point = fields.get(0);
  if (point === undefined) return;
  const own = new Set(facts?.listUrls);
  if (!urlsOfPoint(point).some((url) => own.has(url))) throw new Error('it is the list of another place');
}

function numbersIn(extensions: readonly Extension[]): Pick<RevocationList, 'number' | 'changesSince'> {
  const numberOf = (id: string): bigint | undefined => {
    const value = valueIn(extensions, id);
    return value && integerOf(readOne(value, TAG.integer));
  };
  return { number: numberOf(LIST.number), changesSince: numberOf(LIST.changesSince) };
}

/** Looks at every entry, and makes nothing of those of others. */
function entriesAbout(list: Buffer | undefined, certificate: X509Certificate): readonly ListEntry[] {
  const serial = factsOf(certificate)?.serial;
  if (list === undefined || serial === undefined) return [];
  const found: ListEntry[] = [];
  for (let at = 0; at < list.length; ) {
    const entry = extentAt(list, at, list.length);
    const number = extentAt(list, entry.from, entry.to);
    if (entry.tag !== TAG.sequence || number.tag !== TAG.integer) throw new Error('an entry is none');
    if (list.compare(serial, 0, serial.length, number.from, number.to) === 0)
      found.push(entryOf(list.subarray(number.to, entry.to)));
    else refuseLong(list, number.from, number.to);
    if (found.length > MAX_ENTRIES)
      throw new Error(`it says more than ${MAX_ENTRIES} things of this certificate`);
    at = entry.to;
  }
  return found;
}

/** The same number could be written longer. */
function refuseLong(list: Buffer, from: number, to: number): void {
  if (to - from > 1 && list[from] === 0 && (list[from + 1] as number) < 0x80)
    throw new Error('a number is not in DER');
}

function entryOf(bytes: Buffer): ListEntry {
  const [time, list] = readAll(bytes);
  const extensions = list === undefined ? [] : extensionsIn(list);
  const reason = valueIn(extensions, LIST.reason);
  const date = valueIn(extensions, LIST.invalidityDate);
  return {
    revokedAt: timeOf(time),
    reason: reason === undefined ? 0 : Number(unsigned(readOne(reason, TAG.enumerated).value)),
    invalidSince: date && timeOf(readOne(date, TAG.generalizedTime)),
    isUnclear: extensions.some(({ id, isCritical }) => isCritical && id !== LIST.invalidityDate),
  };
}

function valueIn(extensions: readonly Extension[], wanted: string): Buffer | undefined {
  return extensions.find(({ id }) => id === wanted)?.value;
}
