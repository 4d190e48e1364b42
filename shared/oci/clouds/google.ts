import { Fault } from '../../core/failures.ts';
import type { RegistryCredentials } from '../credentials.ts';
import type { CloudAccess } from './access.ts';

const REGISTRY = /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|docker\.s3nsregistry\.fr)$/;

/** The access token of the object's identity, which Google's registries take as it is. */
export async function loginToGoogle(registry: string, access: CloudAccess): Promise<RegistryCredentials> {
  if (!REGISTRY.test(registry))
    throw new Fault('invalid', `invalid GCP registry: '${registry}'`, { registry });
  const { token, as = null } = await access.identities.googleToken(access.asker);
  return { kind: 'basic', username: 'oauth2accesstoken', password: token, lent: as };
}
