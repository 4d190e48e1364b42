import { recordKey } from '../../shared/adapters/kubernetes/cluster-record.ts';
import { removeCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import { removeHooksOf } from '../../shared/receive/hook-index.ts';
import { forgetRepositoriesOf } from '../../shared/receive/repository-index.ts';
import type { State } from './state.ts';

/** What lies under a cluster's id in the object store, besides its record (design: What lies in the object store). */
const PREFIXES = ['artifacts', 'baselines', 'tags', 'tree', 'watermarks'] as const;

/** Removes all that is kept of a cluster; the record goes last but for the credentials, so that it can be begun again. */
export async function forgetCluster(state: State, id: string): Promise<void> {
  for (const prefix of PREFIXES) {
    for await (const { key } of state.store.list(`${prefix}/${id}/`)) await state.store.delete(key);
  }
  await removeHooksOf({ store: state.store, clock, chance }, `${id}/`);
  await forgetRepositoriesOf(state.store, id);
  await state.store.delete(`watermarks/${id}.json`);
  await removeCluster(state, id);
}

/** Whether a record of this id, readable or not, is there. */
export async function isKnown(state: State, id: string): Promise<boolean> {
  return (await state.store.head(recordKey(id))) !== undefined;
}
