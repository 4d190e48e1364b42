import type { Envelope } from './envelope.ts';

/** The signed attributes of both kinds of envelope. */
export const HEADER = {
  expiry: 'io.cncf.notary.expiry',
  signingTime: 'io.cncf.notary.signingTime',
  scheme: 'io.cncf.notary.signingScheme',
  authenticTime: 'io.cncf.notary.authenticSigningTime',
} as const;

/** Beside them, not signed. */
export const TIME_STAMP = 'io.cncf.notary.timestampSignature';

/** Critical attributes that we do not know. Throws an Error when one is missing, or one that has to be critical is not. */
export function criticalAttributes(
  critical: readonly unknown[],
  present: readonly unknown[],
  known: readonly unknown[],
  { scheme, expiry }: Pick<Envelope, 'scheme' | 'expiry'>,
): readonly string[] {
  const needed = [
    HEADER.scheme,
    ...(expiry === undefined ? [] : [HEADER.expiry]),
    ...(scheme === 'notary.x509.signingAuthority' ? [HEADER.authenticTime] : []),
  ];
  const missing = needed.filter((name) => !critical.includes(name));
  if (missing.length > 0)
    throw new Error(`these required headers are not marked as critical: ${missing.join(', ')}`);
  const absent = critical.find((name) => !present.includes(name));
  if (absent !== undefined) throw new Error(`"${String(absent)}" header is marked critical but not present`);
  return critical.filter((name) => !known.includes(name)).map(String);
}
