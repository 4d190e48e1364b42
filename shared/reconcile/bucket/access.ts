import type { Bucket } from '../../api/bucket.ts';
import { REASON } from '../../api/vocabulary.ts';
import { DEFAULT_REGION, type S3Address } from '../../artifact/bucket/s3-address.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { redact } from '../../core/redaction.ts';
import type { AwsCredentials } from '../../core/sigv4.ts';
import type { Asker, AwsKeys, HttpRequest, Lent } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret, type SecretData } from '../source/secrets.ts';
import type { Result } from '../source/seen.ts';
import { readTls, refused } from './access-result.ts';
import type { Trouble } from './decide.ts';
import { readLdapKeys } from './sts.ts';

/** With what a bucket of S3 is asked; no credentials ask as nobody. */
export interface Access extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'proxy'> {
  readonly credentials: AwsCredentials | undefined;
}

/** The same, and what stands for who asks where others share what is given to him; undefined where nobody else is the same. Holds secrets. */
export type FoundAccess = Access & { readonly who: object | undefined };

/** Reads the Secrets that the spec names; provider aws without one asks as the object's account or the cluster's registered identity, never as ours. */
export async function readAccess(
  object: Bucket,
  address: S3Address,
  scope: Scope,
): Promise<Result<FoundAccess>> {
  const { metadata, spec } = object;
  const keys = await readKeys(object, scope);
  if ('trouble' in keys) return keys;
  const tls = await readTls(metadata.namespace, spec.certSecretRef?.name, 'TLS config', scope);
  if ('trouble' in tls) return tls;
  const via = await readProxy(metadata.namespace, spec.proxySecretRef, scope);
  if ('trouble' in via) return via;
  const temporary = await readLdapKeys(object, scope, via.proxy);
  if ('trouble' in temporary) return temporary;
  const isAmbient = spec.provider === 'aws' && spec.secretRef === undefined;
  const lent = isAmbient ? await lentKeys(object, address, scope) : { found: undefined };
  if ('trouble' in lent) return lent;
  const credentials = keys.found ?? temporary.found?.keys ?? lent.found;
  const trust = spec.insecure === true ? {} : tls.found;
  const who = temporary.found?.who ?? whoAsks(credentials, lent.found);
  return { found: { ...trust, ...(via.proxy && { proxy: via.proxy }), credentials, who } };
}

function whoAsks(credentials: AwsCredentials | undefined, lent: AwsKeys | undefined): object | undefined {
  if (lent === undefined) return { credentials: credentials ?? null };
  return lent.as === undefined ? undefined : { lent: lent.as };
}

/** Who asks clouds for identities. */
export function askerOf({ spec, metadata }: Bucket, { record, cluster, signal }: Scope): Asker {
  const { serviceAccountName } = spec;
  const account = serviceAccountName === undefined ? {} : { serviceAccount: serviceAccountName };
  return { record, cluster, namespace: metadata.namespace, signal, ...account };
}

/** Whether an account is registered with the cluster for those who name none. */
export function hasRegistered({ record }: Scope): boolean {
  return record.settings.identityServiceAccount !== undefined;
}

/** Whether nobody is registered who is somebody at the cloud; what the cluster itself refuses is trouble. */
export function isNobody(error: unknown): boolean {
  return isFault(error, 'forbidden') && error.data.nobody === true;
}

/** What stands for whom a cloud lets the object become; nothing for nobody, undefined where nobody else becomes the same. */
export async function becoming(
  { spec }: Bucket,
  scope: Scope,
  ask: () => Promise<Lent>,
): Promise<object | undefined> {
  const isNamed = spec.serviceAccountName !== undefined;
  if (!isNamed && !hasRegistered(scope)) return {};
  try {
    const { as } = await ask();
    return as === undefined ? undefined : { lent: as };
  } catch (error) {
    if (!isFault(error)) throw error;
    // Who is registered and nobody there asks as nobody; all else is told by the listing.
    return !isNamed && isNobody(error) ? {} : undefined;
  }
}

/** The trouble that an account is named while the gate for it is closed (BK-10). */
export function closedGate({ spec }: Bucket, { record }: Scope): Trouble | undefined {
  const gate = 'ObjectLevelWorkloadIdentity';
  if (spec.serviceAccountName === undefined || spec.provider === 'generic') return undefined;
  if (isOpen(gate, record.settings)) return undefined;
  const message = `to use spec.serviceAccountName for provider authentication please enable the ${gate} feature gate in the controller`;
  return { condition: 'FetchFailed', reason: REASON.featureGateDisabled, message, stalling: true };
}

async function readKeys(
  { metadata, spec }: Bucket,
  scope: Scope,
): Promise<Result<AwsCredentials | undefined>> {
  if (spec.secretRef === undefined) return { found: undefined };
  const secret = await readSecret(metadata.namespace, spec.secretRef.name, scope);
  return 'data' in secret ? keysOf(secret.data, spec.secretRef.name) : secret;
}

function keysOf({ accesskey, secretkey }: SecretData, name: string): Result<AwsCredentials | undefined> {
  if (accesskey === undefined || secretkey === undefined)
    return refused(`invalid '${name}' secret data: required fields 'accesskey' and 'secretkey'`);
  // Empty ones ask as nobody, as upstream's do.
  const isEmpty = accesskey === '' || secretkey === '';
  return { found: isEmpty ? undefined : { accessKeyId: accesskey, secretAccessKey: secretkey } };
}

async function lentKeys(
  object: Bucket,
  { region = DEFAULT_REGION }: S3Address,
  scope: Scope,
): Promise<Result<AwsKeys>> {
  const endpoint = object.spec.sts?.endpoint;
  const asked = { ...askerOf(object, scope), region, ...(endpoint !== undefined && { endpoint }) };
  try {
    return { found: await scope.ports.identities.awsKeys(asked) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return refused(`AWS authentication failed: ${redact(messageOf(error))}`, isFault(error, 'forbidden'));
  }
}
