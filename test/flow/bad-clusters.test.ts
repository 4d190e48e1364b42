import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { work } from '../../shared/reconcile/work.ts';
import { edit, read, reconcile } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  startsIn,
  sync,
  told,
  useWorld,
  visitsIn,
} from './setting.ts';

const own = useOwnPlane();
const setting = useWorld('bad-clusters', own.place);
const { namespace } = setting;
const visit = visitsIn(setting);

async function started(name: string): Promise<ObjectReference> {
  const done = await startsIn(setting)(name, { 'a.yaml': configMap(namespace, name, { a: '1' }) });
  expect(told(done)).toContain('True ReconciliationSucceeded');
  return applierAt(setting, name);
}

describe('a message that is not ours', () => {
  test('goes to the dead-letter queue with its reason; the others of its batch are handled', async () => {
    const reference = await started('beside');
    const { world } = setting;
    const good = {
      cluster: world.clusterId,
      ...reference,
      reason: 'delivery',
      hops: 0,
      since: '',
      trace: '',
    };
    const { queues, sent } = keepingQueues();
    const bodies = ['{"half": ', '{}', JSON.stringify({ ...good, kind: 'Pod' }), JSON.stringify(good)];
    const batch = bodies.map((body, index) => ({ id: `m${index}`, body, receiveCount: 1 }));
    await world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'beside' });

    const settled = await work(batch, { ...world.runtime.ports, queues }, AbortSignal.timeout(60_000));

    expect(settled.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    const dead = sent.filter(({ queue }) => queue === 'dead').map(({ body }) => JSON.parse(body));
    expect(dead.map(({ id, reason, body }) => [id, reason, body])).toEqual([
      ['m0', 'not a work message of ours', bodies[0]],
      ['m1', 'not a work message of ours', bodies[1]],
      ['m2', 'no reconciler for kind Pod', bodies[2]],
    ]);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'beside' };
    expect(await world.cluster.get(map)).toBeDefined();
  });

  test('about a cluster that is not registered any more does no harm', async () => {
    const { world } = setting;
    const { queues } = keepingQueues();
    const message = {
      cluster: crypto.randomUUID(),
      kind: 'Kustomization',
      namespace,
      name: 'x',
      reason: 'retry',
    };
    const body = JSON.stringify({ ...message, hops: 0, since: new Date().toISOString(), trace: 't' });
    const ports = { ...world.runtime.ports, queues };

    const settled = await work([{ id: '1', body, receiveCount: 1 }], ports, AbortSignal.timeout(60_000));

    expect(settled).toEqual([{ id: '1', ok: true }]);
  });
});

describe('a cluster that is down', () => {
  test('nothing is lost: the message is put off, and the next one works', async () => {
    const reference = await started('down');
    await own.plane.stopApiServer();

    const lost = await visit(reference);

    expect(lost).toMatchObject({ ok: true, woken: ['later Kustomization/down in 3s'] });
    expect(lost.warned).toContain('reconciliation interrupted');
    await own.plane.startApiServer();
    await setting.world.cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'down' });
    expect(told(await reconcile(setting.world, reference))).toContain('True ReconciliationSucceeded');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'down' };
    expect(await setting.world.cluster.get(map)).toBeDefined();
  });
});

describe('credentials', () => {
  test('that are not accepted any more put the work off; new ones are taken up at once', async () => {
    const reference = await started('expires');
    const { world } = setting;
    const clock = systemClock;
    const directory = join(world.stateDirectory, 'secrets');
    const secrets = await openDirectorySecrets({ directory, clock, chance: systemChance });
    const clusters = createClusters({ store: world.runtime.ports.store, secrets, clock });
    await world.register('expired');

    const refused = await visit(reference, { clusters });

    expect(refused).toMatchObject({ ok: true, woken: ['later Kustomization/expires in 3s'] });
    expect(refused.warned).toContain('unauthorized');
    await world.register(own.plane.token);
    expect(await visit(reference, { clusters })).toEqual({ ok: true, woken: [], warned: '[]' });
  });
});

describe('who owns the cluster', () => {
  test.each(['another', 'nobody'])(
    'when it is %s, nothing is read or written of the objects',
    async (other) => {
      const reference = await started(`owned-by-${other}`);
      const before = await read(setting.world, reference);
      await edit(setting.world, reference, { spec: { interval: '20m' } });
      if (other === 'nobody') await setting.world.cluster.delete(OWNER);
      else await edit(setting.world, OWNER, { data: { deployment: other } });
      setting.requests.length = 0;

      const left = await visit(reference);

      expect(left).toMatchObject({ ok: true, woken: [] });
      expect(left.warned).toContain(other === 'nobody' ? 'sluice-owner' : 'owned by deployment another');
      expect(setting.requests.filter(({ path }) => path.includes('toolkit.fluxcd.io'))).toEqual([]);
      expect((await read(setting.world, reference)).status).toEqual(before.status);

      const { apiVersion, kind, namespace: home, name } = OWNER;
      const data = { deployment: 'flow-tests', cluster: setting.world.clusterId, owns: 'all' };
      const mine = { apiVersion, kind, metadata: { namespace: home, name }, data };
      await setting.world.cluster.apply(mine, { fieldManager: 'sluice' });
      expect((await reconcile(setting.world, reference)).status.observedGeneration).toBe(2);
    },
  );
});

describe('definitions of another version', () => {
  const FILE = join(import.meta.dirname, '../../infra/crds/kustomize.toolkit.fluxcd.io_kustomizations.yaml');

  test('an older one without our newer fields: what it drops is not written again and again', async () => {
    const reference = await started('older');
    const definition = parse(readFileSync(FILE, 'utf8'));
    const { properties } = definition.spec.versions[0].schema.openAPIV3Schema;
    delete properties.status.properties.history;
    delete properties.status.properties.lastAppliedOriginRevision;
    delete properties.spec.properties.deletionPolicy;
    await setting.world.cluster.apply(definition, { fieldManager: 'control-plane' });
    await publish(setting, 'older', { 'a.yaml': configMap(namespace, 'older', { a: '2' }) });

    await expect
      .poll(async () => (await sync(setting, 'older')).status.history, { timeout: 10_000 })
      .toBeUndefined();
    const settled = await reconcile(setting.world, reference);
    await newEvents(setting, reference);
    setting.requests.length = 0;
    const again = await reconcile(setting.world, reference);

    expect(told(again)).toContain('True ReconciliationSucceeded');
    expect(again).toEqual(settled);
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, reference)).toEqual([]);
  });

  test('a newer one with fields that we do not know: they are kept', async () => {
    const reference = await started('newer');
    const definition = parse(readFileSync(FILE, 'utf8'));
    const { properties } = definition.spec.versions[0].schema.openAPIV3Schema;
    properties.status.properties.novelty = { type: 'string' };
    properties.spec.properties.novelty = { type: 'string' };
    await setting.world.cluster.apply(definition, { fieldManager: 'control-plane' });
    await expect
      .poll(async () => (await edit(setting.world, reference, { spec: { novelty: 'x' } })).spec, {
        timeout: 10_000,
      })
      .toMatchObject({ novelty: 'x' });
    await setting.world.cluster.patch(
      reference,
      { merge: { status: { novelty: 'y' } } },
      { fieldManager: 'person', subresource: 'status' },
    );

    const done = await reconcile(setting.world, reference);

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(done.spec).toMatchObject({ novelty: 'x' });
    expect(done.status).toMatchObject({ novelty: 'y', observedGeneration: 2 });
  });
});
