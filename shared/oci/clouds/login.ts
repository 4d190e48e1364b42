import { Fault } from '../../core/failures.ts';
import type { RegistryCredentials } from '../credentials.ts';
import type { CloudAccess } from './access.ts';
import { loginToAws } from './aws.ts';
import { loginToAzure } from './azure.ts';
import { loginToGoogle } from './google.ts';

/** A cloud whose registries take its identities. */
export type Cloud = 'aws' | 'azure' | 'gcp';

const LOGINS = { aws: loginToAws, azure: loginToAzure, gcp: loginToGoogle } as const;

/** Credentials for a registry of that cloud, as the identity that the object has there. Faults: those of Identities, `invalid` for a registry of somebody else. */
export async function loginToCloud(
  cloud: Cloud,
  registry: string,
  access: CloudAccess,
): Promise<RegistryCredentials> {
  refuseLending(access);
  return LOGINS[cloud](registry, access);
}

/** What is registered is lent to all tenants of a cluster: its password is shown to who is the registry by the machine's own roots. */
function refuseLending({ trusts, asker }: CloudAccess): void {
  if (trusts === undefined || asker.serviceAccount !== undefined) return;
  const { identityRoleArn, identityServiceAccount } = asker.record.settings;
  if (identityRoleArn === undefined && identityServiceAccount === undefined) return;
  const advice = 'take it away, or use credentials of your own';
  const text = `the cluster's registered identity is not shown to whom spec.${trusts} makes trusted; ${advice}`;
  throw new Fault('forbidden', text);
}
