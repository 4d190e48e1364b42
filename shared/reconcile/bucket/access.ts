import type { Bucket } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { AwsCredentials } from '../../core/sigv4.ts';
import type { HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret, type SecretData, tlsOf } from '../source/secrets.ts';
import type { Trouble } from './decide.ts';

/** With what a bucket is asked; no credentials ask as nobody. */
export interface Access extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'proxy'> {
  readonly credentials: AwsCredentials | undefined;
}

type Result<T> = { readonly found: T } | { readonly trouble: Trouble };

/** Reads the Secrets that the spec names; provider aws without one asks as the cluster's registered identity, never as ours. */
export async function readAccess(object: Bucket, scope: Scope): Promise<Result<Access>> {
  const credentials = await readCredentials(object, scope);
  if ('trouble' in credentials) return credentials;
  const tls = await readTls(object, scope);
  if ('trouble' in tls) return tls;
  const via = await readProxy(object.metadata.namespace, object.spec.proxySecretRef, scope);
  if ('trouble' in via) return via;
  const proxy = via.proxy && { proxy: via.proxy };
  return { found: { ...tls.found, ...proxy, credentials: credentials.found } };
}

async function readCredentials(
  { metadata, spec }: Bucket,
  scope: Scope,
): Promise<Result<AwsCredentials | undefined>> {
  const { secretRef, provider } = spec;
  if (secretRef === undefined) return provider === 'aws' ? registered(scope) : { found: undefined };
  const secret = await readSecret(metadata.namespace, secretRef.name, scope);
  return 'data' in secret ? keysOf(secret.data, secretRef.name) : secret;
}

function keysOf({ accesskey, secretkey }: SecretData, name: string): Result<AwsCredentials | undefined> {
  if (accesskey === undefined || secretkey === undefined)
    return refused(`invalid '${name}' secret data: required fields 'accesskey' and 'secretkey'`);
  // Empty ones ask as nobody, as upstream's do.
  const isEmpty = accesskey === '' || secretkey === '';
  return { found: isEmpty ? undefined : { accessKeyId: accesskey, secretAccessKey: secretkey } };
}

async function registered({ ports, record }: Scope): Promise<Result<AwsCredentials | undefined>> {
  const { identityRoleArn } = record.settings;
  const { assumeIdentity } = ports.deployment;
  if (identityRoleArn === undefined) {
    const advice = 'set spec.secretRef, or have the role registered with the cluster';
    return refused(
      `AWS authentication failed: cluster '${record.name}' has no AWS identity; ${advice}`,
      true,
    );
  }
  if (assumeIdentity === undefined)
    return refused(
      'AWS authentication failed: identities can be assumed on AWS only; set spec.secretRef',
      true,
    );
  try {
    return { found: await assumeIdentity(identityRoleArn, record.id) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return refused(`AWS authentication failed: ${redact(messageOf(error))}`);
  }
}

async function readTls(
  { metadata, spec }: Bucket,
  scope: Scope,
): Promise<Result<Pick<Access, 'ca' | 'clientCertificate'>>> {
  if (spec.certSecretRef === undefined) return { found: {} };
  const { name } = spec.certSecretRef;
  const secret = await readSecret(metadata.namespace, name, scope);
  if ('trouble' in secret) return refused(`failed to get TLS config: ${secret.trouble.message}`);
  const tls = tlsOf(secret.data);
  if (typeof tls === 'string') return refused(`failed to get TLS config: ${tls}`);
  if (tls.ca === undefined && tls.clientCertificate === undefined) {
    const wanted = "must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'";
    return refused(`failed to get TLS config: secret '${metadata.namespace}/${name}' ${wanted}`);
  }
  return { found: spec.insecure === true ? {} : tls };
}

function refused(message: string, stalling = false): { readonly trouble: Trouble } {
  return {
    trouble: {
      condition: 'FetchFailed',
      reason: REASON.authenticationFailed,
      message,
      ...(stalling && { stalling }),
    },
  };
}
