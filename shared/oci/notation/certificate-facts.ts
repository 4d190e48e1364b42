import type { X509Certificate } from 'node:crypto';
import {
  bitsOf,
  contextTag,
  type Der,
  needed,
  oid,
  oidOf,
  readOne,
  TAG,
  unsigned,
  within,
} from './asn1/der.ts';
import { listUrlsIn, URI } from './asn1/names.ts';
import { type Algorithm, algorithmIn } from './asn1/signatures.ts';

/** What Node does not tell of a certificate. */
export interface CertificateFacts {
  /** The first byte of the key usage's bits, undefined without the extension. */
  readonly keyUsage: { readonly bits: number; readonly isCritical: boolean } | undefined;
  /** Object identifiers in hex, undefined without the extension. */
  readonly purposes: { readonly ids: readonly string[]; readonly isCritical: boolean } | undefined;
  /** Whether it says that it may issue others; Node asks for the key's usage, too. */
  readonly isAuthority: boolean;
  /** How many authorities may stand below this one. */
  readonly pathLength: number | undefined;
  /** Where OCSP is spoken about it, and where lists of what is revoked are. */
  readonly ocspUrls: readonly string[];
  readonly listUrls: readonly string[];
  /** Whether there are lists of what has changed since. */
  readonly hasChanges: boolean;
  /** Identifiers in hex. */
  readonly critical: readonly string[];
  /** The number as it is encoded; not negative, as Go reads no others. */
  readonly serial: Buffer;
  /** The names as they are encoded. */
  readonly issuer: Buffer;
  readonly subject: Buffer;
  /** The key's bits alone. */
  readonly keyBits: Buffer;
  /** How its issuer signed it; undefined when that does not count. */
  readonly signedWith: Algorithm | undefined;
}

/** Identifiers of extensions, in hex. */
export const EXTENSION = {
  keyUsage: oid('2.5.29.15'),
  alternativeName: oid('2.5.29.17'),
  basicConstraints: oid('2.5.29.19'),
  listPoints: oid('2.5.29.31'),
  policies: oid('2.5.29.32'),
  policyMappings: oid('2.5.29.33'),
  policyConstraints: oid('2.5.29.36'),
  purposes: oid('2.5.29.37'),
  changes: oid('2.5.29.46'),
  anyPolicy: oid('2.5.29.54'),
  authorityAccess: oid('1.3.6.1.5.5.7.1.1'),
} as const;

/** An extension of a certificate, of a list, or of what an answer says. */
export interface Extension {
  readonly id: string;
  readonly isCritical: boolean;
  readonly value: Buffer;
}

/** Of a revocation: since when the key is not trusted. */
export const INVALIDITY_DATE = oid('2.5.29.24');
/** Within the information about an authority: where OCSP is. */
const OCSP = oid('1.3.6.1.5.5.7.48.1');

const known = new WeakMap<X509Certificate, CertificateFacts | { readonly broken: true }>();

/** Undefined when its encoding is broken. */
export function factsOf(certificate: X509Certificate): CertificateFacts | undefined {
  const before = known.get(certificate) ?? read(certificate);
  known.set(certificate, before);
  return 'broken' in before ? undefined : before;
}

function read({ raw }: X509Certificate): CertificateFacts | { readonly broken: true } {
  try {
    const [tbs, algorithm] = within(readOne(raw, TAG.sequence));
    const fields = within(tbs);
    // The version stands first, unless it is the oldest.
    const [serial, , issuer, , subject, key, ...rest] =
      fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields;
    const holder = rest.find(({ tag }) => tag === contextTag(3));
    const extensions = holder === undefined ? [] : extensionsIn(readOne(holder.value, TAG.sequence));
    return {
      ...extensionFacts(extensions),
      serial: serialOf(serial),
      issuer: needed(issuer, TAG.sequence).bytes,
      subject: needed(subject, TAG.sequence).bytes,
      keyBits: bitsOf(within(key)[1]),
      signedWith: algorithmIn(needed(algorithm, TAG.sequence)),
    };
  } catch {
    return { broken: true };
  }
}

function serialOf(element: Der | undefined): Buffer {
  const { value } = needed(element, TAG.integer);
  unsigned(value);
  return value;
}

/** The extensions of a list of them. Throws an Error. */
export function extensionsIn(list: Der): readonly Extension[] {
  return within(list).map((one) => {
    const [id, ...rest] = within(one);
    const [flag] = rest;
    const isCritical = flag?.tag === TAG.boolean && flag.value[0] !== 0;
    return { id: oidOf(id), isCritical, value: needed(rest.at(-1), TAG.octetString).value };
  });
}

function extensionFacts(extensions: readonly Extension[]) {
  const byId = new Map(extensions.map((one) => [one.id, one]));
  if (byId.size < extensions.length) throw new Error('an extension is there twice');
  const usage = byId.get(EXTENSION.keyUsage);
  const purposes = byId.get(EXTENSION.purposes);
  return {
    keyUsage: usage && { bits: usageOf(usage.value), isCritical: usage.isCritical },
    purposes: purposes && {
      ids: within(readOne(purposes.value, TAG.sequence)).map(oidOf),
      isCritical: purposes.isCritical,
    },
    ...constraintsIn(byId.get(EXTENSION.basicConstraints)?.value),
    ocspUrls: ocspUrlsIn(byId.get(EXTENSION.authorityAccess)?.value),
    listUrls: listUrlsIn(byId.get(EXTENSION.listPoints)?.value),
    hasChanges: byId.has(EXTENSION.changes),
    critical: extensions.filter(({ isCritical }) => isCritical).map(({ id }) => id),
  };
}

function usageOf(value: Buffer): number {
  const { value: bits } = readOne(value, TAG.bitString);
  // A second byte has "Decipher Only" alone, which no signature's key has.
  return (bits[1] ?? 0) | (bits.length > 2 ? 0x100 : 0);
}

function constraintsIn(value: Buffer | undefined): Pick<CertificateFacts, 'isAuthority' | 'pathLength'> {
  const parts = value === undefined ? [] : within(readOne(value, TAG.sequence));
  const flag = parts.find(({ tag }) => tag === TAG.boolean);
  const length = parts.find(({ tag }) => tag === TAG.integer);
  return {
    isAuthority: flag !== undefined && flag.value[0] !== 0,
    pathLength: length && Number(unsigned(length.value)),
  };
}

function ocspUrlsIn(value: Buffer | undefined): readonly string[] {
  if (value === undefined) return [];
  return within(readOne(value, TAG.sequence)).flatMap((description) => {
    const [method, place] = within(description);
    return oidOf(method) === OCSP && place?.tag === URI ? [place.value.toString('latin1')] : [];
  });
}
