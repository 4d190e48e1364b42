import type { Deployment, ObjectStore, Queues } from '../../ports.ts';
import { deploymentWithoutKey } from './absent.ts';
import { type Base, base } from './base.ts';
import { hookKey } from './hook-key.ts';
import { openQueues } from './queues.ts';
import { type Guard, guardOf } from './store-guard.ts';
import { indexStore } from './stores.ts';

/** The world of `receive`: one bucket, one key, one queue. */
export interface ReceiveWorld extends Base {
  readonly guard: Guard;
  readonly deployment: Deployment;
  readonly store: ObjectStore;
  readonly queues: Queues;
}

/** Opens `receive`'s world. */
export async function openReceive(): Promise<ReceiveWorld> {
  const store = indexStore();
  return {
    ...base,
    store,
    guard: guardOf(store),
    queues: openQueues(),
    deployment: deploymentWithoutKey({ hookKey: hookKey(store, false) }),
  };
}
