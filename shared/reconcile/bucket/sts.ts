import type { Bucket } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { ldapKeys } from '../../artifact/bucket/ldap-keys.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { AwsCredentials } from '../../core/sigv4.ts';
import type { ProxyAddress } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret } from '../source/secrets.ts';
import type { Result } from '../source/seen.ts';
import { readTls, refused } from './access-result.ts';

/** Keys that an LDAP user is given, and what stands for him. Holds secrets. */
export interface LdapKeys {
  readonly keys: AwsCredentials;
  readonly who: object;
}

/** Keys that an LDAP user is given; undefined unless `spec.sts` asks for them. A refusal is told as the bucket's, as upstream asks with the first request. */
export async function readLdapKeys(
  { metadata, spec }: Bucket,
  scope: Scope,
  proxy: ProxyAddress | undefined,
): Promise<Result<LdapKeys | undefined>> {
  const { sts, secretRef, bucketName } = spec;
  if (sts?.provider !== 'ldap') return { found: undefined };
  const user = await readUser(metadata.namespace, sts.secretRef?.name, scope);
  if ('trouble' in user) return user;
  const tls = await readTls(metadata.namespace, sts.certSecretRef?.name, 'STS TLS config', scope);
  if ('trouble' in tls) return tls;
  if (secretRef !== undefined) return { found: undefined };
  const { ports, record } = scope;
  const signal = AbortSignal.any([scope.signal, ports.clock.timeout(parseDuration(spec.timeout))]);
  const access = { ...tls.found, ...(proxy && { proxy }), http: ports.http(record.settings.profile), signal };
  try {
    const keys = await ldapKeys(sts.endpoint, user.found, access);
    return { found: { keys, who: { ldap: [sts.endpoint, user.found, tls.found] } } };
  } catch (error) {
    if (!isFault(error)) throw error;
    const text = redact(messageOf(error));
    const message = `failed to confirm existence of '${bucketName}' bucket: ${text}`;
    return { trouble: { condition: 'FetchFailed', reason: REASON.bucketOperationFailed, message } };
  }
}

async function readUser(namespace: string, name: string | undefined, scope: Scope) {
  if (name === undefined) return { found: { username: '', password: '' } };
  const secret = await readSecret(namespace, name, scope);
  if ('trouble' in secret)
    return refused(secret.trouble.message.replace('failed to get secret', 'failed to get STS secret'));
  const { username = '', password = '' } = secret.data;
  if (username !== '' && password !== '') return { found: { username, password } };
  return refused(`invalid '${name}' secret data for 'ldap' STS provider: required fields username, password`);
}
