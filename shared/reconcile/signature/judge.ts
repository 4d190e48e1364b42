import type { OCIRepositoryVerification } from '../../api/oci-repository.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { readEvidence } from '../../oci/cosign/evidence.ts';
import { identityCheck } from '../../oci/cosign/identities.ts';
import { isSignedByAny, readPublicKey, type Signed } from '../../oci/cosign/with-key.ts';
import { policyFor } from '../../oci/notation/policy.ts';
import { readCertificates, type Verdict, verifyNotation } from '../../oci/notation/verify.ts';
import type { Registry } from '../../oci/registry.ts';
import { nameOf, type OciRepository } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret, type SecretData } from '../source/secrets.ts';

const TRUSTED_ROOT = 'trusted_root.json';
const TRUST_POLICY = 'trustpolicy.json';

/** Whose signature is demanded, of an artifact in a registry. */
export type Verification = OCIRepositoryVerification;

/** An artifact whose signatures are looked for. */
export interface SignedArtifact {
  readonly repository: OciRepository;
  readonly registry: Registry;
  /** `sha256:<hex>` */
  readonly digest: string;
}

/** How messages call who verifies. */
export function providerName({ provider, secretRef }: Verification): string {
  return `${provider}${provider === 'cosign' && secretRef === undefined ? ' keyless' : ''}`;
}

/** Holds an artifact's signatures against what is trusted, by Secrets in `namespace`. */
export async function judgeSignature(
  namespace: string,
  verify: Verification,
  signed: SignedArtifact,
  scope: Scope,
): Promise<Verdict> {
  try {
    if (verify.provider === 'notation') return await notation(namespace, verify, signed, scope);
    return verify.secretRef === undefined
      ? await keyless(namespace, verify, signed, scope)
      : await withKeys(namespace, verify.secretRef.name, signed, scope);
  } catch (error) {
    if (!isFault(error)) throw error;
    return failed(messageOf(error));
  }
}

async function withKeys(
  namespace: string,
  secretName: string,
  signed: SignedArtifact,
  scope: Scope,
): Promise<Verdict> {
  const data = await secretOf(namespace, secretName, scope);
  const keys = Object.entries(data).filter(([key]) => key.endsWith('.pub'));
  const read = keys.map(([, pem]) => readPublicKey(pem));
  const evidence = await readEvidence(signed.registry, signed.digest);
  if (await isSignedByAny(read, evidence, signedBy(signed))) return { verdict: 'verified' };
  return failed(`no matching signatures were found for '${nameOf(signed.repository)}@${signed.digest}'`);
}

async function keyless(
  namespace: string,
  verify: Verification,
  signed: SignedArtifact,
  scope: Scope,
): Promise<Verdict> {
  const { keylessProblem, readTrustedRoot } = await import('../../oci/cosign/keyless.ts');
  const root = await readTrustedRoot(await rootOf(namespace, verify, scope));
  const isWanted = await identityCheck(verify.matchOIDCIdentity ?? []);
  const evidence = await readEvidence(signed.registry, signed.digest);
  const problem = await keylessProblem(root, evidence, signedBy(signed), isWanted);
  return problem === undefined ? { verdict: 'verified' } : failed(problem);
}

/** The Secret's root, else the one of Sigstore's public service as of this version of Sluice. */
async function rootOf(namespace: string, verify: Verification, scope: Scope): Promise<string> {
  if (verify.trustedRootSecretRef === undefined) {
    const { publicGoodRoot } = await import('../../oci/cosign/public-good.ts');
    return publicGoodRoot();
  }
  const { name } = verify.trustedRootSecretRef;
  const root = (await secretOf(namespace, name, scope))[TRUSTED_ROOT];
  if (root !== undefined) return root;
  const where = `${namespace}/${name}`;
  throw new Fault(
    'invalid',
    `failed to read trusted root from secret '${where}': '${TRUSTED_ROOT}' not found`,
  );
}

async function notation(
  namespace: string,
  verify: Verification,
  signed: SignedArtifact,
  scope: Scope,
): Promise<Verdict> {
  const name = nameOf(signed.repository);
  if (verify.secretRef === undefined)
    return failed(`verification secret cannot be empty: '${name}@${signed.digest}'`);
  const data = await secretOf(namespace, verify.secretRef.name, scope);
  const where = `${namespace}/${verify.secretRef.name}`;
  const policy = data[TRUST_POLICY];
  if (policy === undefined) return failed(`'${TRUST_POLICY}' not found in secret '${where}'`);
  const certificates = Object.entries(data).filter(([key]) => key.endsWith('.crt') || key.endsWith('.pem'));
  if (certificates.length === 0) return failed(`no certificates found in secret '${where}'`);
  const trust = {
    policy: policyFor(parsed(policy), name),
    certificates: certificates.flatMap(([, pem]) => readCertificates(Buffer.from(pem))),
  };
  if (trust.policy.actions === undefined) return { verdict: 'ignored' };
  const manifest = await signed.registry.manifest(signed.digest);
  const artifact = { digest: signed.digest, size: manifest.bytes.byteLength, mediaType: manifest.mediaType };
  return verifyNotation(signed.registry, artifact, trust, scope.ports.clock.now());
}

async function secretOf(namespace: string, name: string, scope: Scope): Promise<SecretData> {
  const secret = await readSecret(namespace, name, scope);
  if ('data' in secret) return secret.data;
  throw new Fault('not-found', secret.trouble.message);
}

function signedBy({ registry, digest }: SignedArtifact): Signed {
  return { digest, bytes: async () => (await registry.manifest(digest)).bytes };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Fault('invalid', `error occurred while parsing ${TRUST_POLICY}: it is not JSON`);
  }
}

function failed(message: string): Verdict {
  return { verdict: 'failed', message };
}
