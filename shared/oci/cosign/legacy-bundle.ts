import { createHash, X509Certificate } from 'node:crypto';
import { isRecord } from '../descriptor.ts';
import type { ClaimSignature } from './evidence.ts';

/** A signature in the older form as a Sigstore bundle of version 0.1, parsed JSON. Throws an Error for one that nobody can check offline. */
export function bundleOfClaim({ payload, signature, certificate, logged }: ClaimSignature): unknown {
  if (certificate === undefined) throw new Error('no certificate found on signature');
  if (logged === undefined) throw new Error('it has no bundle of the transparency log');
  const entry = parse(logged);
  const { Payload: promised } = entry;
  if (!isRecord(promised)) throw new Error('its bundle of the transparency log is incomplete');
  const { body, integratedTime, logIndex, logID } = promised;
  const logEntry = JSON.parse(Buffer.from(String(body), 'base64').toString()) as Record<string, unknown>;
  const bytes = (text: Uint8Array): string => Buffer.from(text).toString('base64');
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: bytes(new X509Certificate(certificate).raw) }] },
      tlogEntries: [
        {
          logIndex: String(logIndex),
          logId: { keyId: Buffer.from(String(logID), 'hex').toString('base64') },
          kindVersion: { kind: String(logEntry.kind), version: String(logEntry.apiVersion) },
          integratedTime: String(integratedTime),
          inclusionPromise: { signedEntryTimestamp: String(entry.SignedEntryTimestamp) },
          canonicalizedBody: String(body),
        },
      ],
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: bytes(createHash('sha256').update(payload).digest()) },
      signature,
    },
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (isRecord(value)) return value;
  throw new Error('its bundle of the transparency log is not an object');
}
