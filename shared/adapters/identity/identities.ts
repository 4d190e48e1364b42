import type { Identities } from '../../ports.ts';
import { awsKeys } from './aws-keys.ts';
import { azureToken } from './azure-token.ts';
import { clusterAccess, keptToken } from './described-clusters.ts';
import { PUBLIC_ENDPOINTS } from './endpoints.ts';
import { githubToken } from './github-token.ts';
import { googleToken } from './google-token.ts';
import { createKeep } from './kept.ts';
import type { Lending } from './lending.ts';

/** How clouds are reached; their own services may have private addresses, and none of them is a tenant's word. */
export type IdentitiesOptions = Omit<Lending, 'keep' | 'endpoints'> & Partial<Pick<Lending, 'endpoints'>>;

/** Identities of AWS, Azure, Google Cloud and of clusters themselves; one memory for all. */
export function createIdentities(options: IdentitiesOptions): Identities {
  const lending = { endpoints: PUBLIC_ENDPOINTS, ...options, keep: createKeep(options.clock) };
  return {
    awsKeys: (asker) => awsKeys(lending, asker),
    azureToken: (asker) => azureToken(lending, asker),
    googleToken: (asker) => googleToken(lending, asker),
    accountToken: (asker) => keptToken(lending, asker, asker.audiences ?? []),
    githubToken: (app, asking) => githubToken(lending, app, asking),
    clusterAccess: (asker, described) => clusterAccess(lending, asker, described),
  };
}
