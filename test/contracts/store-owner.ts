import { expect, test } from 'vitest';
import type { ObjectStore } from '../../shared/ports.ts';
import { claimStore, isOwnStore, STORE_OWNER_KEY, storeOwner } from '../../shared/reconcile/store-owner.ts';
import { faultOf } from './fault-of.ts';

/** Every ObjectStore that deployments could share by mistake passes this. */
export function storeOwnerContract(open: () => Promise<{ readonly store: ObjectStore }>): void {
  test("a store is nobody's until it is claimed, and then refuses every other deployment", async () => {
    const { store } = await open();
    expect(await isOwnStore(store, 'one')).toBe(false);
    expect(await storeOwner(store)).toBeUndefined();

    await claimStore(store, 'one');
    await claimStore(store, 'one');

    expect(await isOwnStore(store, 'one')).toBe(true);
    const fault = await faultOf(isOwnStore(store, 'two'), 'conflict');
    expect(fault.message).toMatch(/belongs to deployment one, and this is two.*delete deployment\.json/);
    await faultOf(claimStore(store, 'two'), 'conflict');
    expect(await storeOwner(store)).toBe('one');
  });

  test('of deployments that claim a store at once one has it, and all others are told', async () => {
    const { store } = await open();
    const all = ['a', 'b', 'c', 'd', 'e'];

    const claims = await Promise.allSettled(all.map((id) => claimStore(store, id)));

    const owner = await storeOwner(store);
    expect(all.filter((_, index) => claims[index]?.status === 'fulfilled')).toEqual([owner]);
    for (const claim of claims)
      if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'conflict' });
  });

  test('a claim that cannot be read is not taken for ours', async () => {
    const { store } = await open();
    await store.put(STORE_OWNER_KEY, new TextEncoder().encode('{'));

    await faultOf(claimStore(store, 'one'), 'conflict');
  });
}
