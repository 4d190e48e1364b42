import type { GitRepository } from '../../api/git-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import type { Resolved } from '../../artifact/git-ref.ts';
import { signedCommit, signedTag } from '../../artifact/git-signature/signed.ts';
import { type TrustedKeys, trustedKeys, verifySigned } from '../../artifact/git-signature/verify.ts';
import type { Checkout } from '../../artifact/pack-commit.ts';
import { type Fault, isFault } from '../../core/failures.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret } from '../source/secrets.ts';
import type { Trouble } from '../source/seen.ts';
import type { VerificationMode } from './content.ts';

/** A signature that is not there, or not of a trusted key. */
export class Unverified extends Error {
  readonly trouble: Trouble;

  constructor(reason: string, message: string, stalling = false) {
    super(message);
    this.trouble = { condition: 'SourceVerified', reason, message, ...(stalling && { stalling }) };
  }
}

/** The keys of the Secret, or the trouble that there is none. */
export async function readTrustedKeys(
  object: GitRepository,
  scope: Scope,
): Promise<TrustedKeys | { readonly trouble: Trouble } | undefined> {
  const name = object.spec.verify?.secretRef.name;
  if (name === undefined) return undefined;
  const secret = await readSecret(object.metadata.namespace, name, scope);
  if ('data' in secret) return trustedKeys(secret.data);
  const message = `public keys secret error: secrets "${name}" not found`;
  return { trouble: { condition: 'SourceVerified', reason: REASON.verificationError, message } };
}

/** What SourceVerified says when all that is asked for is signed. Throws `Unverified`. */
export async function verifyCheckout(
  mode: VerificationMode,
  keys: TrustedKeys,
  { commit, want, tag }: Resolved,
  raw: Checkout['raw'],
  now: Date,
): Promise<string> {
  const verified: string[] = [];
  if (mode !== 'HEAD') verified.push(await verifyTag(tag, want, raw.tag, keys, now));
  if (mode !== 'Tag') verified.push(await verifyCommit(commit, raw.commit, keys, now));
  return ['verified signature of', ...verified].join('\n\t- ');
}

async function verifyTag(
  tag: string | undefined,
  id: string,
  raw: Buffer | undefined,
  keys: TrustedKeys,
  now: Date,
): Promise<string> {
  if (tag === undefined) {
    const message = "cannot verify tag object's signature if a tag reference is not specified";
    throw new Unverified('InvalidVerificationMode', message, true);
  }
  const name = raw === undefined ? tag : `${tag}@${id}`;
  const signed = raw === undefined ? undefined : signedTag(raw);
  if (signed === undefined || signed.signature === '') {
    const message = `cannot verify signature of tag '${name}' since it is not signed`;
    throw new Unverified('InvalidGitObject', message);
  }
  const key = await verifySigned(signed, 'tag', keys, now).catch((error: unknown) => {
    throw refusal('InvalidTagSignature', `signature verification of tag '${name}' failed`, error);
  });
  return `tag '${name}' with key '${key}'`;
}

async function verifyCommit(id: string, raw: Buffer, keys: TrustedKeys, now: Date): Promise<string> {
  const key = await verifySigned(signedCommit(raw), 'commit', keys, now).catch((error: unknown) => {
    throw refusal('InvalidCommitSignature', `signature verification of commit '${id}' failed`, error);
  });
  return `commit '${id}' with key '${key}'`;
}

function refusal(reason: string, what: string, error: unknown): unknown {
  return isFault(error) ? new Unverified(reason, `${what}: ${(error as Fault).message}`) : error;
}
