import type { ObjectStore } from '../../ports.ts';
import { claimStore, isOwnStore } from '../../reconcile/store-owner.ts';
import { awsSetting } from '../config.ts';

/** Asked before each invocation; throws what keeps this function from working. */
export type Guard = () => Promise<void>;

/** Sees to it that these buckets are this deployment's: once a process, but again while one is nobody's. Fault `conflict` names the owner. */
export function guardOf(...buckets: readonly ObjectStore[]): Guard {
  const id = awsSetting('SLUICE_DEPLOYMENT');
  return untilAll(buckets, (bucket) => isOwnStore(bucket, id));
}

/** The same by the one that also claims what is nobody's. */
export function claimingGuardOf(...buckets: readonly ObjectStore[]): Guard {
  const id = awsSetting('SLUICE_DEPLOYMENT');
  return untilAll(buckets, async (bucket) => {
    await claimStore(bucket, id);
    return true;
  });
}

function untilAll(
  buckets: readonly ObjectStore[],
  isProven: (bucket: ObjectStore) => Promise<boolean>,
): Guard {
  let open = buckets;
  return async () => {
    const left = await Promise.all(open.map(async (bucket) => ((await isProven(bucket)) ? [] : [bucket])));
    open = left.flat();
  };
}
