import type { OCIRepository } from '../../api/oci-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { RegistryAccess } from '../../oci/access.ts';
import { trustsOf } from '../../oci/clouds/access.ts';
import { loginToCloud } from '../../oci/clouds/login.ts';
import { credentialsFor, type RegistryCredentials } from '../../oci/credentials.ts';
import type { OciRepository } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret, type SecretData, tlsOf } from '../source/secrets.ts';
import type { Result } from '../source/seen.ts';
import type { Trouble } from './decide.ts';

type Tls = Pick<RegistryAccess, 'ca' | 'clientCertificate' | 'trustAnyCertificate'>;

/** Ours: pull secrets of one account that are read. */
const MAX_PULL_SECRETS = 16;

/** How long the registry may take from now on. */
export function timeOf({ spec }: OCIRepository, { ports, signal }: Scope): AbortSignal {
  return AbortSignal.any([signal, ports.clock.timeout(parseDuration(spec.timeout))]);
}

/** How the registry is reached: the Secrets that the spec names, else what its cloud gives the object. */
export async function readRegistryAccess(
  object: OCIRepository,
  repository: OciRepository,
  scope: Scope,
): Promise<Result<RegistryAccess>> {
  const { spec } = object;
  const { ports, record } = scope;
  const signal = timeOf(object, scope);
  const http = ports.http(record.settings.profile);
  const configs = await readConfigs(object, scope);
  if ('trouble' in configs) return configs;
  const proxied = await readProxy(object.metadata.namespace, spec.proxySecretRef, scope);
  if ('trouble' in proxied) return proxied;
  const proxy = proxied.proxy === undefined ? {} : { proxy: proxied.proxy };
  const credentials = await readCredentials(object, repository, configs.found, { ...scope, signal }, proxy);
  if ('trouble' in credentials) return credentials;
  const tls = await readTls(object, scope);
  if ('trouble' in tls) return tls;
  const { insecure = false } = spec;
  return {
    found: {
      ...tls.found,
      ...proxy,
      http,
      clock: ports.clock,
      signal,
      credentials: credentials.found,
      insecure,
    },
  };
}

/** The Docker configs of `secretRef` and of the account's pull secrets; undefined when none is named (OCI-08). */
async function readConfigs(
  object: OCIRepository,
  scope: Scope,
): Promise<Result<readonly string[] | undefined>> {
  const { spec, metadata } = object;
  const names = spec.secretRef === undefined ? [] : [spec.secretRef.name];
  if (spec.serviceAccountName !== undefined) {
    const reference = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: metadata.namespace };
    const account = await scope.cluster.get({ ...reference, name: spec.serviceAccountName });
    if (account === undefined)
      return refused(
        `failed to get credential: serviceaccount '${metadata.namespace}/${spec.serviceAccountName}' not found`,
      );
    const { imagePullSecrets = [] } = account as { readonly imagePullSecrets?: readonly { name?: string }[] };
    names.push(...imagePullSecrets.slice(0, MAX_PULL_SECRETS).flatMap(({ name }) => name ?? []));
  }
  if (names.length === 0) return { found: undefined };
  const configs: string[] = [];
  for (const name of names) {
    const secret = await readSecret(metadata.namespace, name, scope);
    if ('trouble' in secret) return refused(`failed to get credential: ${secret.trouble.message}`);
    configs.push(...configsIn(secret.data));
  }
  return { found: configs };
}

function configsIn(data: SecretData): readonly string[] {
  return [data['.dockerconfigjson'], data['.dockercfg']].filter(
    (config) => config !== undefined && config !== '',
  ) as string[];
}

/** A Secret that is named disables the login to a cloud, whatever is in it. */
async function readCredentials(
  { spec, metadata }: OCIRepository,
  repository: OciRepository,
  configs: readonly string[] | undefined,
  scope: Scope,
  proxy: Pick<RegistryAccess, 'proxy'>,
): Promise<Result<RegistryCredentials | undefined>> {
  const { provider } = spec;
  try {
    if (configs !== undefined) return { found: credentialsFor(repository, configs) };
    if (provider !== 'aws' && provider !== 'azure' && provider !== 'gcp') return { found: undefined };
    const { ports, record, cluster, signal } = scope;
    const { serviceAccountName } = spec;
    const account = serviceAccountName === undefined ? {} : { serviceAccount: serviceAccountName };
    const asker = { record, cluster, namespace: metadata.namespace, signal, ...account };
    const http = ports.http(record.settings.profile);
    const asking = { http, clock: ports.clock, identities: ports.identities, asker, ...proxy };
    return {
      found: await loginToCloud(provider, repository.registry, { ...asking, trusts: trustsOf(spec) }),
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    const text = redact(messageOf(error));
    if (configs !== undefined) return refused(`failed to get credential: ${text}`);
    const isUsers = isFault(error, 'forbidden', 'invalid');
    return refused(`failed to get credential from ${provider}: ${text}`, isUsers);
  }
}

async function readTls({ metadata, spec }: OCIRepository, scope: Scope): Promise<Result<Tls>> {
  const { certSecretRef, insecure, url } = spec;
  // The one place where anybody's certificate will do, as in upstream (OCI-10).
  if (certSecretRef === undefined) return { found: insecure === true ? { trustAnyCertificate: true } : {} };
  const secret = await readSecret(metadata.namespace, certSecretRef.name, scope);
  const missing = `secret '${metadata.namespace}/${certSecretRef.name}' not found`;
  const tls = 'data' in secret ? tlsOf(secret.data) : missing;
  if (typeof tls === 'string') return refused(`failed to generate transport for '${url}': ${tls}`);
  if (tls.ca !== undefined || tls.clientCertificate !== undefined) return { found: tls };
  const wanted = "must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'";
  return refused(
    `failed to generate transport for '${url}': secret '${metadata.namespace}/${certSecretRef.name}' ${wanted}`,
  );
}

function refused(message: string, stalling = false): { readonly trouble: Trouble } {
  const trouble = { condition: 'FetchFailed', reason: REASON.authenticationFailed, message } as const;
  return { trouble: stalling ? { ...trouble, stalling } : trouble };
}
