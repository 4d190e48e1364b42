import type { OCIRepository, OCIRepositoryVerification } from '../../api/oci-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import { readEvidence } from '../../oci/cosign/evidence.ts';
import { identityCheck } from '../../oci/cosign/identities.ts';
import { isSignedByAny, readPublicKey, type Signed } from '../../oci/cosign/with-key.ts';
import { policyFor } from '../../oci/notation/policy.ts';
import { readCertificates, type Verdict, verifyNotation } from '../../oci/notation/verify.ts';
import { nameOf } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import type { Verified } from '../source/outcome.ts';
import { readSecret, type SecretData } from '../source/secrets.ts';
import type { Remote, Trouble } from './decide.ts';
import type { SeenAll } from './observe.ts';

type Opened = NonNullable<SeenAll['opened']>;

const TRUSTED_ROOT = 'trusted_root.json';
const TRUST_POLICY = 'trustpolicy.json';

/** Holds the artifact's signatures against what the spec trusts (OCI-11 to OCI-14). */
export async function verifyArtifact(
  object: OCIRepository,
  remote: Remote,
  opened: Opened,
  scope: Scope,
): Promise<{ readonly verified: Verified } | { readonly trouble: Trouble }> {
  const { verify } = object.spec;
  if (verify === undefined) return { verified: 'nothing' };
  const verdict = await judge(object, verify, remote, opened, scope);
  if (verdict.verdict === 'verified')
    return { verified: { message: `verified signature of revision ${remote.revision}` } };
  if (verdict.verdict === 'ignored') return { verified: 'nothing' };
  const isKeyless = verify.provider === 'cosign' && verify.secretRef === undefined;
  const provider = `${verify.provider}${isKeyless ? ' keyless' : ''}`;
  const message = `failed to verify the signature using provider '${provider}': ${redact(verdict.message)}`;
  return { trouble: { condition: 'SourceVerified', reason: REASON.verificationError, message } };
}

async function judge(
  object: OCIRepository,
  verify: OCIRepositoryVerification,
  remote: Remote,
  opened: Opened,
  scope: Scope,
): Promise<Verdict> {
  try {
    if (verify.provider === 'notation') return await notation(object, verify, remote, opened, scope);
    return verify.secretRef === undefined
      ? await keyless(object, verify, remote, opened, scope)
      : await withKeys(object, verify.secretRef.name, remote, opened, scope);
  } catch (error) {
    if (!isFault(error)) throw error;
    return failed(messageOf(error));
  }
}

async function withKeys(
  object: OCIRepository,
  secretName: string,
  remote: Remote,
  opened: Opened,
  scope: Scope,
): Promise<Verdict> {
  const data = await secretOf(object, secretName, scope);
  const keys = Object.entries(data).filter(([key]) => key.endsWith('.pub'));
  const read = keys.map(([, pem]) => readPublicKey(pem));
  const evidence = await readEvidence(opened.registry, remote.digest);
  if (await isSignedByAny(read, evidence, signedBy(opened, remote))) return { verdict: 'verified' };
  return failed(`no matching signatures were found for '${nameOf(opened.repository)}@${remote.digest}'`);
}

async function keyless(
  object: OCIRepository,
  verify: OCIRepositoryVerification,
  remote: Remote,
  opened: Opened,
  scope: Scope,
): Promise<Verdict> {
  const { keylessProblem, readTrustedRoot } = await import('../../oci/cosign/keyless.ts');
  const root = await readTrustedRoot(await rootOf(object, verify, scope));
  const isWanted = await identityCheck(verify.matchOIDCIdentity ?? []);
  const evidence = await readEvidence(opened.registry, remote.digest);
  const problem = await keylessProblem(root, evidence, signedBy(opened, remote), isWanted);
  return problem === undefined ? { verdict: 'verified' } : failed(problem);
}

/** The Secret's root, else the one of Sigstore's public service as of this version of Sluice. */
async function rootOf(
  object: OCIRepository,
  verify: OCIRepositoryVerification,
  scope: Scope,
): Promise<string> {
  if (verify.trustedRootSecretRef === undefined) {
    const { publicGoodRoot } = await import('../../oci/cosign/public-good.ts');
    return publicGoodRoot();
  }
  const { name } = verify.trustedRootSecretRef;
  const root = (await secretOf(object, name, scope))[TRUSTED_ROOT];
  if (root !== undefined) return root;
  const where = `${object.metadata.namespace}/${name}`;
  throw new Fault(
    'invalid',
    `failed to read trusted root from secret '${where}': '${TRUSTED_ROOT}' not found`,
  );
}

async function notation(
  object: OCIRepository,
  verify: OCIRepositoryVerification,
  remote: Remote,
  opened: Opened,
  scope: Scope,
): Promise<Verdict> {
  const name = nameOf(opened.repository);
  if (verify.secretRef === undefined)
    return failed(`verification secret cannot be empty: '${name}@${remote.digest}'`);
  const data = await secretOf(object, verify.secretRef.name, scope);
  const where = `${object.metadata.namespace}/${verify.secretRef.name}`;
  const policy = data[TRUST_POLICY];
  if (policy === undefined) return failed(`'${TRUST_POLICY}' not found in secret '${where}'`);
  const certificates = Object.entries(data).filter(([key]) => key.endsWith('.crt') || key.endsWith('.pem'));
  if (certificates.length === 0) return failed(`no certificates found in secret '${where}'`);
  const trust = {
    policy: policyFor(parsed(policy), name),
    certificates: certificates.flatMap(([, pem]) => readCertificates(Buffer.from(pem))),
  };
  if (trust.policy.actions === undefined) return { verdict: 'ignored' };
  const manifest = await opened.registry.manifest(remote.digest);
  const artifact = { digest: remote.digest, size: manifest.bytes.byteLength, mediaType: manifest.mediaType };
  return verifyNotation(opened.registry, artifact, trust, scope.ports.clock.now());
}

async function secretOf(object: OCIRepository, name: string, scope: Scope): Promise<SecretData> {
  const secret = await readSecret(object.metadata.namespace, name, scope);
  if ('data' in secret) return secret.data;
  throw new Fault('not-found', secret.trouble.message);
}

function signedBy({ registry }: Opened, { digest }: Remote): Signed {
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
