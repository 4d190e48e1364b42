import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHookKey, HOOK_KEY } from '../../shared/adapters/aws/hook-key.ts';
import { systemChance } from '../../shared/adapters/local/system.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import type { ObjectStore } from '../../shared/ports.ts';
import { type Moto, startMoto } from '../servers/moto.ts';

let moto: Moto;
let keyId = '';

async function newKey(): Promise<string> {
  const client = new KMSClient(moto.access);
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  client.destroy();
  return KeyMetadata?.Arn ?? '';
}

beforeAll(async () => {
  moto = await startMoto();
  keyId = await newKey();
});
afterAll(() => moto?.stop());

function newStore(): ObjectStore {
  return createMemoryStore(createManualClock());
}

function holder(store: ObjectStore, make: boolean, wrappedBy = keyId): () => Promise<Uint8Array> {
  return createHookKey({ access: moto.access, keyId: wrappedBy, store, make, chance: systemChance });
}

test('two that make the key at once use one, and whoever only reads has the same', async () => {
  const store = newStore();
  const [one, other] = await Promise.all([holder(store, true)(), holder(store, true)()]);

  expect(one).toHaveLength(32);
  expect(other).toEqual(one);
  expect(await holder(store, false)()).toEqual(one);
});

test('what lies in the store is not the key', async () => {
  const store = newStore();
  const key = await holder(store, true)();
  const stored = await store.get(HOOK_KEY);

  expect(Buffer.from(stored?.body ?? []).includes(Buffer.from(key))).toBe(false);
});

test('who may not make one is given one that opens nothing, until there is one', async () => {
  const store = newStore();
  const reader = holder(store, false);
  const first = await reader();
  expect(first).toHaveLength(32);
  expect(await reader()).not.toEqual(first);
  expect(await store.get(HOOK_KEY)).toBeUndefined();

  const key = await holder(store, true)();
  expect(await reader()).toEqual(key);
});

test('a key that is damaged, or wrapped by another, is a Fault and no key', async () => {
  const store = newStore();
  await store.put(HOOK_KEY, Buffer.from('damaged'));
  await expect(holder(store, true)()).rejects.toMatchObject({ name: 'Fault' });

  const whole = newStore();
  await holder(whole, true)();
  await expect(holder(whole, false, await newKey())()).rejects.toMatchObject({ name: 'Fault' });
});
