import { createHookKey } from '../../adapters/aws/hook-key.ts';
import type { ObjectStore } from '../../ports.ts';
import { awsAccess, awsSetting } from '../config.ts';
import { base } from './base.ts';

/** The key of the webhook index in `store`; whoever may make it does so when there is none. */
export function hookKey(store: ObjectStore, make: boolean): () => Promise<Uint8Array> {
  return createHookKey({
    access: awsAccess(),
    keyId: awsSetting('SLUICE_HOOK_KEY'),
    store,
    make,
    chance: base.chance,
  });
}
