import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../shared/ports.ts';
import { type Flux, startFlux } from '../servers/flux.ts';
import { create, edit, gitRepository, kustomization, read, reconcile } from './drive.ts';
import { askFlux, carried, imprint, isReady, SOON, writesOf } from './handing-over.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, publish, sourceAt, useWorld } from './setting.ts';

const KEY = 'sharding.fluxcd.io/key';
/** What docs/moving.md tells Flux's controllers. */
const LEAVE_SHARDS = [`--watch-label-selector=!${KEY}`];
const own = useOwnPlane({ controllers: true });
const setting = useWorld('handover-shard', async () => ({
  ...(await own.place()),
  settings: { owns: { shard: 'sluice' } },
}));
const { namespace } = setting;
const scratch = mkdtempSync(join(tmpdir(), 'handover-shard-'));
let flux: Flux | undefined;

/** `moves` goes to Sluice and back, `stays` is Flux's all the time. */
beforeAll(async () => {
  const { world } = setting;
  for (const name of ['moves', 'stays']) {
    await publish(setting, name, { 'settings.yaml': settings(name, '1'), 'plain.yaml': plain(name) });
    await create(world, gitRepository(world, namespace, name), kustomization(namespace, name));
  }
  const flags = { 'source-controller': LEAVE_SHARDS, 'kustomize-controller': LEAVE_SHARDS };
  flux = await startFlux({ dir: scratch, kubeconfigPath: own.plane.kubeconfigPath, flags });
});

afterAll(async () => {
  await flux?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const both = (name: string): readonly ObjectReference[] => [
  sourceAt(setting, name),
  applierAt(setting, name),
];

function applied(name: string): readonly ObjectReference[] {
  const at = (what: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-${what}` });
  return [at('settings'), at('plain')];
}

function settings(name: string, value: string): string {
  return configMap(namespace, `${name}-settings`, { value });
}

function plain(name: string): string {
  return configMap(namespace, `${name}-plain`, {});
}

async function settingOf(name: string): Promise<string | undefined> {
  const found = await setting.world.cluster.get({ ...(applied(name)[0] as ObjectReference) });
  return (found as { data?: { value?: string } } | undefined)?.data?.value;
}

async function label(name: string, key: string | null): Promise<void> {
  for (const reference of both(name))
    await edit(setting.world, reference, { metadata: { labels: { [KEY]: key } } });
}

async function sluiceVisits(name: string): Promise<void> {
  for (const reference of both(name)) await reconcile(setting.world, reference);
}

describe('a single Kustomization goes from Flux to Sluice and back, while Flux runs', {
  timeout: 180_000,
}, () => {
  test('before it has the label, Sluice leaves it alone', async () => {
    for (const name of ['moves', 'stays']) await askFlux(setting.world, both(name));
    const before = await imprint(setting.world, [...both('moves'), ...both('stays')]);

    for (const name of ['moves', 'stays']) await sluiceVisits(name);

    expect(await imprint(setting.world, [...both('moves'), ...both('stays')])).toEqual(before);
  });

  test('with the label it is ours: uids are kept, and the first run changes nothing', async () => {
    const before = await imprint(setting.world, applied('moves'));
    const told = await carried(setting, 'moves');
    await label('moves', 'sluice');
    setting.requests.length = 0;

    await sluiceVisits('moves');

    expect(isReady(await read(setting.world, applierAt(setting, 'moves')))).toBe(true);
    expect(await imprint(setting.world, applied('moves'))).toEqual(before);
    expect(await carried(setting, 'moves')).toEqual(told);
    expect(writesOf(setting)).toEqual([]);
  });

  test('what comes then is applied by Sluice alone, and what stays by Flux alone', async () => {
    for (const name of ['moves', 'stays'])
      await publish(setting, name, { 'settings.yaml': settings(name, '2'), 'plain.yaml': null });

    await askFlux(setting.world, both('stays'));
    // Flux has had a whole run of everything else, and would have had one of this.
    expect([await settingOf('stays'), await settingOf('moves')]).toEqual(['2', '1']);
    await sluiceVisits('stays');
    await sluiceVisits('moves');

    expect(await settingOf('moves')).toBe('2');
    const [, pruned] = applied('moves');
    expect(await setting.world.cluster.get(pruned as ObjectReference)).toBeUndefined();
  });

  test("without the label it is Flux's again: the first run changes nothing, and the next commit is Flux's", async () => {
    const rest = applied('moves').slice(0, 1);
    const before = await imprint(setting.world, rest);
    const { inventory } = (await read(setting.world, applierAt(setting, 'moves'))).status;
    await label('moves', null);

    await askFlux(setting.world, both('moves'));

    expect(await imprint(setting.world, rest)).toEqual(before);
    expect((await read(setting.world, applierAt(setting, 'moves'))).status.inventory).toEqual(inventory);
    await publish(setting, 'moves', { 'settings.yaml': settings('moves', '3') });
    await sluiceVisits('moves');
    expect(await settingOf('moves')).toBe('2');
    await askFlux(setting.world, both('moves'));
    await expect.poll(() => settingOf('moves'), SOON).toBe('3');
    expect(await imprint(setting.world, rest)).toMatchObject({
      'ConfigMap/moves-settings': { uid: (before['ConfigMap/moves-settings'] as { uid: string }).uid },
    });
  });
});
