import type { RegistryCredentials } from '../credentials.ts';
import type { CloudAccess } from './access.ts';
import { loginToAws } from './aws.ts';
import { loginToAzure } from './azure.ts';
import { loginToGoogle } from './google.ts';

/** A cloud whose registries take its identities. */
export type Cloud = 'aws' | 'azure' | 'gcp';

const LOGINS = { aws: loginToAws, azure: loginToAzure, gcp: loginToGoogle } as const;

/** Credentials for a registry of that cloud, as the identity that the object has there. Faults: those of Identities, `invalid` for a registry of somebody else. */
export function loginToCloud(
  cloud: Cloud,
  registry: string,
  access: CloudAccess,
): Promise<RegistryCredentials> {
  return LOGINS[cloud](registry, access);
}
