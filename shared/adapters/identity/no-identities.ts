import { Fault } from '../../core/failures.ts';
import type { Identities } from '../../ports.ts';

/** For whoever sees no tenant's addresses: every question is a Fault `unsupported`. */
export const noIdentities: Identities = {
  awsKeys: refuse,
  azureToken: refuse,
  googleToken: refuse,
  accountToken: refuse,
  githubToken: refuse,
  clusterAccess: refuse,
};

async function refuse(): Promise<never> {
  throw new Fault('unsupported', 'this function has no identities');
}
