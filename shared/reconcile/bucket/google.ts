import type { Bucket } from '../../api/bucket.ts';
import { openGcs } from '../../artifact/bucket/gcs-reader.ts';
import { type GoogleKey, googleKeyIn, googleKeyToken } from '../../artifact/bucket/google-key.ts';
import type { GrantAccess } from '../../artifact/bucket/oauth-grant.ts';
import type { BucketReader } from '../../artifact/bucket/reader.ts';
import { isFault } from '../../core/failures.ts';
import type { Scope } from '../reconciler.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret } from '../source/secrets.ts';
import type { Result } from '../source/seen.ts';
import { askerOf, becoming, hasRegistered, isNobody } from './access.ts';
import { type Opener, type Opening, readTls, refused } from './access-result.ts';

type TokenOf = (access: GrantAccess) => (() => Promise<string | undefined>) | undefined;

/** How a bucket of Google is opened: with the Secret's key, else as the object's account or the cluster's registered one, else as nobody. */
export async function readGoogle(object: Bucket, scope: Scope): Promise<Result<Opener>> {
  const { metadata, spec } = object;
  const token = await readToken(object, scope);
  if ('trouble' in token) return token;
  // Counts for generic only, but has to be there.
  const tls = await readTls(metadata.namespace, spec.certSecretRef?.name, 'TLS config', scope);
  if ('trouble' in tls) return tls;
  const via = await readProxy(metadata.namespace, spec.proxySecretRef, scope);
  if ('trouble' in via) return via;
  const open = ({ http, clock, signal }: Opening): BucketReader => {
    const way = { http, signal, ...(via.proxy && { proxy: via.proxy }) };
    return openGcs(spec.bucketName, { ...way, token: token.found.tokenOf({ ...way, clock }) });
  };
  const asker = askerOf(object, scope);
  const { key } = token.found;
  const who =
    spec.secretRef === undefined
      ? await becoming(object, scope, () => scope.ports.identities.googleToken(asker))
      : { key };
  return { found: { open, access: who && { proxy: via.proxy, ...who } } };
}

/** How tokens are had, and the key that they are had by. */
interface Tokens {
  readonly tokenOf: TokenOf;
  readonly key?: string;
}

async function readToken(object: Bucket, scope: Scope): Promise<Result<Tokens>> {
  const { metadata, spec } = object;
  if (spec.secretRef === undefined) {
    if (spec.serviceAccountName === undefined && !hasRegistered(scope))
      return { found: { tokenOf: () => undefined } };
    const asker = askerOf(object, scope);
    const token = async () => (await scope.ports.identities.googleToken(asker)).token;
    return { found: { tokenOf: () => (spec.serviceAccountName === undefined ? orNone(token) : token) } };
  }
  const { name } = spec.secretRef;
  const secret = await readSecret(metadata.namespace, name, scope);
  if ('trouble' in secret) return secret;
  const { serviceaccount: file } = secret.data;
  if (file === undefined) return refused(`invalid '${name}' secret data: required fields 'serviceaccount'`);
  try {
    return { found: { tokenOf: kept(googleKeyIn(file)), key: file } };
  } catch (error) {
    if (!isFault(error)) throw error;
    return refused(`invalid '${name}' secret data: ${error.message}`);
  }
}

/** As nobody where nobody is registered who is somebody at Google, as without a registration. */
function orNone(token: () => Promise<string>): () => Promise<string | undefined> {
  return () =>
    token().catch((error: unknown) => {
      if (isNobody(error)) return undefined;
      throw error;
    });
}

/** One token for the listing and the downloads. */
function kept(key: GoogleKey): TokenOf {
  let token: Promise<string> | undefined;
  return (access) => () => {
    token ??= googleKeyToken(key, access);
    return token;
  };
}
