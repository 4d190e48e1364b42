import type { OCIRepository } from '../../api/oci-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { redact } from '../../core/redaction.ts';
import type { Scope } from '../reconciler.ts';
import { judgeSignature, providerName } from '../signature/judge.ts';
import type { Verified } from '../source/outcome.ts';
import type { Remote, Trouble } from './decide.ts';
import type { SeenAll } from './observe.ts';

/** Holds the artifact's signatures against what the spec trusts (OCI-11 to OCI-14). */
export async function verifyArtifact(
  { metadata, spec }: OCIRepository,
  remote: Remote,
  opened: NonNullable<SeenAll['opened']>,
  scope: Scope,
): Promise<{ readonly verified: Verified } | { readonly trouble: Trouble }> {
  const { verify } = spec;
  if (verify === undefined) return { verified: 'nothing' };
  const signed = { ...opened, digest: remote.digest };
  const verdict = await judgeSignature(metadata.namespace, verify, signed, scope);
  if (verdict.verdict === 'verified')
    return { verified: { message: `verified signature of revision ${remote.revision}` } };
  if (verdict.verdict === 'ignored') return { verified: 'nothing' };
  const said = redact(verdict.message);
  const message = `failed to verify the signature using provider '${providerName(verify)}': ${said}`;
  return { trouble: { condition: 'SourceVerified', reason: REASON.verificationError, message } };
}
