import type { SerializedBundle } from '@sigstore/bundle';
import type { SignedEntity, TrustMaterial } from '@sigstore/verify';
import { Fault, messageOf } from '../../core/failures.ts';
import { claimProblem, statementProblem } from './claims.ts';
import type { Evidence } from './evidence.ts';
import type { IdentityCheck } from './identities.ts';
import { bundleOfClaim } from './legacy-bundle.ts';
import type { Signed } from './with-key.ts';

/** What is trusted: certificate authorities, logs and time stamps. */
export type TrustedRoot = TrustMaterial;

/** Ours: reasons that are told. */
const MAX_REASONS = 3;

/** A Sigstore trusted root, `trusted_root.json`. Fault `invalid`. */
export async function readTrustedRoot(json: string): Promise<TrustedRoot> {
  const { toTrustMaterial } = await import('@sigstore/verify');
  const { TrustedRoot: Format } = await import('@sigstore/protobuf-specs');
  try {
    return toTrustMaterial(Format.fromJSON(JSON.parse(json)));
  } catch (error) {
    throw new Fault('invalid', `unable to parse trusted root: ${messageOf(error)}`, {}, error);
  }
}

/** Undefined when a signature is by a certificate of the root for an identity that is asked for; else why none is (OCI-11, OCI-12). Offline. */
export async function keylessProblem(
  root: TrustedRoot,
  evidence: Evidence,
  signed: Signed,
  isWanted: IdentityCheck,
): Promise<string | undefined> {
  const candidates =
    evidence.kind === 'bundles'
      ? evidence.bundles.map((bundle) => () => entityOfBundle(bundle, signed))
      : evidence.claims.map((claim) => async () => {
          const problem = claimProblem(claim.payload, signed.digest);
          if (problem !== undefined) throw new Error(problem);
          return entityOf(bundleOfClaim(claim), claim.payload);
        });
  if (candidates.length === 0) return 'no signatures found';
  const reasons = new Set<string>();
  for (const candidate of candidates) {
    const reason = await problemOf(root, candidate, isWanted);
    if (reason === undefined) return undefined;
    reasons.add(reason);
  }
  return `no matching signatures: ${[...reasons].slice(0, MAX_REASONS).join('; ')}`;
}

async function problemOf(
  root: TrustedRoot,
  read: () => Promise<SignedEntity>,
  isWanted: IdentityCheck,
): Promise<string | undefined> {
  const { Verifier } = await import('@sigstore/verify');
  try {
    const entity = await read();
    if (entity.key.$case !== 'certificate') return 'it is made with a key';
    const { identity } = new Verifier(root).verify(entity);
    return isWanted(identity?.extensions?.issuer ?? '', identity?.subjectAlternativeName ?? '');
  } catch (error) {
    if (error instanceof Fault) throw error;
    // What is signed is anybody's: the libraries' errors are about that, and told as such.
    return messageOf(error).slice(0, 200);
  }
}

async function entityOfBundle(bundle: unknown, signed: Signed): Promise<SignedEntity> {
  const { bundleFromJSON } = await import('@sigstore/bundle');
  const { content } = bundleFromJSON(bundle);
  if (content.$case !== 'dsseEnvelope') return entityOf(bundle, await signed.bytes());
  const { payloadType, payload } = content.dsseEnvelope;
  const problem = statementProblem(payloadType, payload, signed.digest);
  if (problem !== undefined) throw new Error(problem);
  return entityOf(bundle, undefined);
}

async function entityOf(bundle: unknown, artifact: Uint8Array | undefined): Promise<SignedEntity> {
  const { bundleFromJSON } = await import('@sigstore/bundle');
  const { toSignedEntity } = await import('@sigstore/verify');
  const parsed = bundleFromJSON(bundle as SerializedBundle);
  return toSignedEntity(parsed, artifact === undefined ? undefined : Buffer.from(artifact));
}
