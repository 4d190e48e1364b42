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
import { asLarge } from '../room.ts';
import { readSecret, type SecretData } from '../source/secrets.ts';

const TRUSTED_ROOT = 'trusted_root.json';
const TRUST_POLICY = 'trustpolicy.json';

/** Whose signature is demanded, of an artifact in a registry; `needsKeys`: a Secret without any is told so. */
export type Verification = OCIRepositoryVerification & { readonly needsKeys?: boolean };

/** What came of it; `isOfTrust`: what is wrong is not the signature, but the Secret that says who is trusted. */
export type Judgement = Verdict & { readonly isOfTrust?: boolean };

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
): Promise<Judgement> {
  try {
    if (verify.provider === 'notation') return await notation(namespace, verify, signed, scope);
    return verify.secretRef === undefined
      ? await keyless(namespace, verify, signed, scope)
      : await withKeys(namespace, verify.secretRef.name, verify.needsKeys ?? false, signed, scope);
  } catch (error) {
    if (!isFault(error)) throw error;
    const { isOfTrust } = error.data;
    return { ...failed(messageOf(error)), ...(isOfTrust === true && { isOfTrust }) };
  }
}

async function withKeys(
  namespace: string,
  secretName: string,
  needsKeys: boolean,
  signed: SignedArtifact,
  scope: Scope,
): Promise<Judgement> {
  const data = await secretOf(namespace, secretName, scope);
  const keys = Object.entries(data).filter(([key]) => key.endsWith('.pub'));
  if (keys.length === 0 && needsKeys)
    throw ofTrust('not-found', `no public keys found in secret '${namespace}/${secretName}'`);
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
): Promise<Judgement> {
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
): Promise<Judgement> {
  const name = nameOf(signed.repository);
  if (verify.secretRef === undefined)
    throw ofTrust('invalid', `verification secret cannot be empty: '${name}@${signed.digest}'`);
  const data = await secretOf(namespace, verify.secretRef.name, scope);
  const where = `${namespace}/${verify.secretRef.name}`;
  const policy = data[TRUST_POLICY];
  if (policy === undefined) throw ofTrust('not-found', `'${TRUST_POLICY}' not found in secret '${where}'`);
  const certificates = Object.entries(data).filter(([key]) => key.endsWith('.crt') || key.endsWith('.pem'));
  if (certificates.length === 0) throw ofTrust('not-found', `no certificates found in secret '${where}'`);
  const trust = {
    policy: policyFor(parsed(policy), name),
    certificates: certificates.flatMap(([, pem]) => readCertificates(Buffer.from(pem))),
  };
  if (trust.policy.actions === undefined) return { verdict: 'ignored' };
  const manifest = await signed.registry.manifest(signed.digest);
  const artifact = { digest: signed.digest, size: manifest.bytes.byteLength, mediaType: manifest.mediaType };
  const { ports, record, signal } = scope;
  const inquiry = {
    ...{ http: ports.http(record.settings.profile), clock: ports.clock, signal },
    alone: <T>(act: () => Promise<T>) => asLarge(scope, act),
  };
  return verifyNotation(signed.registry, artifact, trust, inquiry);
}

async function secretOf(namespace: string, name: string, scope: Scope): Promise<SecretData> {
  const secret = await readSecret(namespace, name, scope);
  if ('data' in secret) return secret.data;
  throw ofTrust('not-found', secret.trouble.message);
}

function signedBy({ registry, digest }: SignedArtifact): Signed {
  return { digest, bytes: async () => (await registry.manifest(digest)).bytes };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw ofTrust('invalid', `error occurred while parsing ${TRUST_POLICY}: it is not JSON`);
  }
}

function ofTrust(code: 'invalid' | 'not-found', message: string): Fault {
  return new Fault(code, message, { isOfTrust: true });
}

function failed(message: string): Verdict {
  return { verdict: 'failed', message };
}
