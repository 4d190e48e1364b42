import { REASON } from '../../api/vocabulary.ts';
import type { BucketReader } from '../../artifact/bucket/reader.ts';
import type { Clock, Http, HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret, tlsOf } from '../source/secrets.ts';
import type { Result, Trouble } from '../source/seen.ts';

/** With what a bucket is asked, for so long. */
export interface Opening extends Pick<HttpRequest, 'signal'> {
  readonly http: Http;
  readonly clock: Clock;
}

/** How a bucket is opened, and as whom. */
export interface Opener {
  readonly open: (opening: Opening) => BucketReader;
  /** Everything by which the bucket knows who asks; undefined where nobody else is the same. Holds secrets. */
  readonly access: object | undefined;
}

/** Trouble with credentials, which a new spec alone can mend when it stalls. */
export function refused(message: string, stalling = false): { readonly trouble: Trouble } {
  const trouble = { condition: 'FetchFailed', reason: REASON.authenticationFailed, message } as const;
  return { trouble: stalling ? { ...trouble, stalling } : trouble };
}

/** CA and client certificate in the Secret `name`; nothing without a name. `what` says in a failure what they are for. */
export async function readTls(
  namespace: string,
  name: string | undefined,
  what: string,
  scope: Scope,
): Promise<Result<Pick<HttpRequest, 'ca' | 'clientCertificate'>>> {
  if (name === undefined) return { found: {} };
  const secret = await readSecret(namespace, name, scope);
  if ('trouble' in secret) return refused(`failed to get ${what}: ${secret.trouble.message}`);
  const tls = tlsOf(secret.data);
  if (typeof tls === 'string') return refused(`failed to get ${what}: ${tls}`);
  if (tls.ca !== undefined || tls.clientCertificate !== undefined) return { found: tls };
  const wanted = "must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'";
  return refused(`failed to get ${what}: secret '${namespace}/${name}' ${wanted}`);
}
