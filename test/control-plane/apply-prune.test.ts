import { afterAll, beforeAll, expect, test } from 'vitest';
import { inventoryEntry, mergeInventory, staleEntries } from '../../shared/apply/inventory.ts';
import { type PruneReport, prune } from '../../shared/apply/prune.ts';
import { type KubernetesObject, referenceOf } from '../../shared/core/kubernetes-object.ts';
import { baselineOf, type Field, openField } from './applying.ts';
import { configMap, deployment, service } from './manifests.ts';
import { permit } from './permitted.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('prune');
});
afterAll(() => field.close());

const at = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;
const map = (name: string) => field.own(configMap(field.namespace, name, { a: '1' }));
const entries = (objects: readonly KubernetesObject[]) =>
  objects.map((each) => inventoryEntry(referenceOf(each)));

function pruned(
  objects: readonly KubernetesObject[],
  cluster = field.cluster as Parameters<typeof prune>[0]['cluster'],
) {
  const { owner } = field;
  return prune({
    cluster,
    stale: entries(objects),
    owner,
    concurrency: 4,
    signal: AbortSignal.timeout(30_000),
  });
}

const namesOf = (references: PruneReport['deleted']) => references.map(({ kind, name }) => `${kind}/${name}`);

test('[KS-82 reverse-order] [KS-82 background] stale objects are deleted in reverse, in the background', async () => {
  const objects = [
    map('settings'),
    field.own(service(field.namespace, 'web')),
    field.own(deployment(field.namespace, 'web')),
  ];
  await field.apply(objects);
  field.sent();

  const report = await pruned(objects);

  expect(namesOf(report.deleted)).toEqual(['Deployment/web', 'Service/web', 'ConfigMap/settings']);
  expect(report).toMatchObject({ skipped: [], survivors: [] });
  expect(report.failure).toBeUndefined();
  expect(
    field
      .sent()
      .filter(({ method }) => method === 'DELETE')
      .map(({ path }) => path.split('/').at(-2)),
  ).toEqual(['deployments', 'services', 'configmaps']);
  expect(await field.api.get(at('settings'))).toBeUndefined();
});

test('[KS-82 gone-counts] what is gone already counts as deleted', async () => {
  const report = await pruned([map('never-there')]);

  expect(namesOf(report.deleted)).toEqual(['ConfigMap/never-there']);
});

test('[KS-82 still-ours] an object that lost our labels, or was given to another owner, is left', async () => {
  const objects = [map('unlabelled'), map('adopted')];
  await field.apply(objects);
  await field.change(at('unlabelled'), {
    metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } },
  });
  await field.change(at('adopted'), {
    metadata: { labels: { 'kustomize.toolkit.fluxcd.io/namespace': 'other' } },
  });

  const report = await pruned(objects);

  expect(namesOf(report.skipped).toSorted()).toEqual(['ConfigMap/adopted', 'ConfigMap/unlabelled']);
  expect(report.survivors).toEqual([]);
  await field.read(at('unlabelled'));
  await field.read(at('adopted'));
});

test.each([
  ['prune', 'Disabled', 'annotations'],
  ['reconcile', 'disabled', 'labels'],
  ['ssa', 'ignore', 'annotations'],
])('[KS-82 opt-out-%s] %s: %s among the live %s keeps the object', async (name, value, place) => {
  const object = map(`kept-${name}`);
  await field.apply([object]);
  await field.change(at(`kept-${name}`), {
    metadata: { [place]: { [`kustomize.toolkit.fluxcd.io/${name}`]: value } },
  });

  const report = await pruned([object]);

  expect(namesOf(report.skipped)).toEqual([`ConfigMap/kept-${name}`]);
  await field.read(at(`kept-${name}`));
});

test('[KS-82 failure-goes-on] [KS-83 survivors-tracked] one that may not be deleted does not stop the rest and stays tracked', async () => {
  const objects = [map('first'), field.own(service(field.namespace, 'guarded'))];
  await field.apply(objects);
  const user = await permit(field.api, field.namespace, [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'delete'] },
    { apiGroups: [''], resources: ['services'], verbs: ['get'] },
  ]);

  const report = await pruned(objects, field.cluster.as(user));

  expect(namesOf(report.deleted)).toEqual(['ConfigMap/first']);
  expect(report.survivors).toEqual(entries(objects.slice(1)));
  expect(report.failure?.message).toMatch(
    new RegExp(
      `^delete failed, errors: Service/${field.namespace}/guarded delete failed: services "guarded" is forbidden: .*;$`,
    ),
  );
  const next = mergeInventory(entries([map('new')]), report.survivors);
  expect(next.map(({ id }) => id)).toEqual([
    `${field.namespace}_new__ConfigMap`,
    `${field.namespace}_guarded__Service`,
  ]);
});

test('[KS-84 empty-build] an empty build leaves everything stale, and all of it is deleted', async () => {
  const objects = [map('last-1'), map('last-2')];
  const before = await field.apply(objects);

  const report = await field.apply([], { baseline: await baselineOf(field, before) });
  const stale = staleEntries(before.inventory ?? [], report.inventory ?? []);
  await pruned(objects);

  expect(report).toMatchObject({ inventory: [], changes: [], drifted: false });
  expect(stale).toEqual(entries(objects));
  expect(await field.api.get(at('last-1'))).toBeUndefined();
});
