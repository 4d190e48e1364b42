import { REASON } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import type { RegistryAccess } from '../../oci/access.ts';
import { trustsOf } from '../../oci/clouds/access.ts';
import { loginToCloud } from '../../oci/clouds/login.ts';
import { credentialsFor, type RegistryCredentials } from '../../oci/credentials.ts';
import { type OciRepository, parseRepository } from '../../oci/repository.ts';
import type { Scope } from '../reconciler.ts';
import type { HelmAccess } from '../source/helm-access.ts';
import type { SecretData } from '../source/secrets.ts';
import type { Repository } from './repository.ts';
import { otherTrouble, type Result } from './trouble.ts';

const DOCKER_CONFIG = '.dockerconfigjson';

/** How the registry behind a HelmRepository is reached: as its Secret says, else as its cloud knows the object (HR-09). */
export async function readOciAccess(
  repository: Repository,
  { ca, clientCertificate, secret }: HelmAccess,
  scope: Scope,
): Promise<Result<RegistryAccess>> {
  const { ports, record, signal } = scope;
  const credentials = await credentialsOf(repository, secret, scope);
  if ('trouble' in credentials) return credentials;
  return {
    found: {
      http: ports.http(record.settings.profile),
      clock: ports.clock,
      signal,
      credentials: credentials.found,
      insecure: repository.spec.insecure ?? false,
      ...(ca !== undefined && { ca }),
      ...(clientCertificate && { clientCertificate }),
    },
  };
}

/** A Secret that is named disables the login to a cloud, whatever is in it. */
async function credentialsOf(
  repository: Repository,
  secret: SecretData | undefined,
  scope: Scope,
): Promise<Result<RegistryCredentials | undefined>> {
  const { secretRef, provider } = repository.spec;
  const registry = registryIn(repository);
  if ('trouble' in registry) return registry;
  try {
    if (secret !== undefined) {
      const read = inSecret(secret, secretRef?.name ?? '', registry.found);
      if (typeof read !== 'string') return { found: read };
      return refused(`failed to configure OCI registry authentication: ${read}`);
    }
    if (provider !== 'aws' && provider !== 'azure' && provider !== 'gcp') return { found: undefined };
    const { ports, record, cluster, signal } = scope;
    const asker = { record, cluster, namespace: repository.metadata.namespace, signal };
    const http = ports.http(record.settings.profile);
    const trusts = trustsOf(repository.spec);
    const access = { http, clock: ports.clock, identities: ports.identities, asker, trusts };
    return { found: await loginToCloud(provider, registry.found.registry, access) };
  } catch (error) {
    if (!isFault(error)) throw error;
    if (secret !== undefined)
      return refused(`failed to configure OCI registry authentication: ${messageOf(error)}`);
    const isUsers = isFault(error, 'forbidden', 'invalid');
    return refused(`failed to get credential from '${provider}': ${messageOf(error)}`, isUsers);
  }
}

/** Any chart will do: what counts is the registry. */
function registryIn({ spec: { url } }: Repository): Result<OciRepository> {
  try {
    return { found: parseRepository(`${url.replace(/\/+$/, '')}/chart`) };
  } catch (error) {
    if (!isFault(error)) throw error;
    const problem = `invalid Helm repository URL: ${messageOf(error)}`;
    return otherTrouble(REASON.urlInvalid, problem, { stalling: true });
  }
}

/** Undefined for empty ones, which ask as nobody; a text when they are not whole. */
function inSecret(
  data: SecretData,
  name: string,
  registry: OciRepository,
): RegistryCredentials | undefined | string {
  const config = data[DOCKER_CONFIG];
  if (config !== undefined) {
    const credentials = credentialsFor(registry, [config]);
    return credentials ?? `no auth config for '${registry.registry}' in the docker-registry Secret '${name}'`;
  }
  const { username = '', password = '' } = data;
  if (username === '' && password === '') return undefined;
  if (username !== '' && password !== '') return { kind: 'basic', username, password };
  return `invalid '${name}' secret data: required fields 'username' and 'password'`;
}

function refused(message: string, stalling = false): Result<never> {
  return otherTrouble(REASON.authenticationFailed, message, stalling ? { stalling } : {});
}
