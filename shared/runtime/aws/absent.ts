import { noIdentities } from '../../adapters/identity/no-identities.ts';
import { Fault } from '../../core/failures.ts';
import type { Deployment, Exec, Ports } from '../../ports.ts';
import { awsSetting } from '../config.ts';

/** Nothing is built by a function that has no `render`. */
export const noExec: Exec = { kustomize: () => refuse('kustomize') };

/** What a function that sees no tenant's addresses does without: its role has no rights for it, its bundle no code. */
export const noReach: Pick<Ports, 'git' | 'http' | 'identities' | 'exec' | 'artifactUrl'> = {
  git: { open: () => refuse('git') },
  http: () => refuse('http'),
  identities: noIdentities,
  exec: noExec,
  artifactUrl: () => refuse('artifactUrl'),
};

/** The deployment's id, without its key, which this function may not read. */
export function deploymentWithoutKey(known: Pick<Deployment, 'hookKey' | 'bucket'> = {}): Deployment {
  return {
    id: awsSetting('SLUICE_DEPLOYMENT'),
    get key() {
      return refuse('key');
    },
    ...known,
  };
}

function refuse(name: string): never {
  throw new Fault('unsupported', `this function has no ${name}`);
}
