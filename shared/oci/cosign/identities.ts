import { Fault, isFault } from '../../core/failures.ts';
import { compileGoRegExp, type GoRegExp } from '../../core/go-regexp.ts';

/** Who may have signed: Go regular expressions for the issuer of an identity and for its subject. */
export interface WantedIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** Why the identity of a certificate is not wanted; undefined when it is. */
export type IdentityCheck = (issuer: string, subject: string) => string | undefined;

/** Any of `wanted` will do; when nobody is named, anybody (OCI-12). Fault `invalid`. */
export async function identityCheck(wanted: readonly WantedIdentity[]): Promise<IdentityCheck> {
  const compiled: { readonly issuer: GoRegExp; readonly subject: GoRegExp }[] = [];
  for (const { issuer, subject } of wanted)
    compiled.push({ issuer: await compile(issuer, 'issuer'), subject: await compile(subject, 'subject') });
  return (issuer, subject) => {
    if (compiled.length === 0) return undefined;
    if (compiled.some((one) => one.issuer(issuer) && one.subject(subject))) return undefined;
    const got = `got subjects [${subject.slice(0, 200)}] with issuer ${issuer.slice(0, 200)}`;
    return `none of the expected identities matched what was in the certificate, ${got}`;
  };
}

async function compile(source: string, what: string): Promise<GoRegExp> {
  try {
    return await compileGoRegExp(source);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault('invalid', `malformed ${what} in identity: ${source} : ${error.message}`, {}, error);
  }
}
