import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { loadPacked } from '../../shared/artifact/store.ts';
import { inflateTar, tarEntries } from '../../shared/core/tar/tar-entries.ts';
import { archiveOf } from '../features/generator/trees.ts';
import { startSourceWatcher, type Watcher } from '../servers/source-watcher.ts';
import { create, edit, type Reconciled, read, reconcile } from './drive.ts';
import { EXTERNAL, GENERATOR, inventoryOf } from './generator.ts';
import { useOwnPlane } from './own-plane.ts';
import { useWorld } from './setting.ts';

const own = useOwnPlane();
const setting = useWorld('ours', own.place);
const STOCK = 'stock';
const scratch = mkdtempSync(join(tmpdir(), 'source-watcher-'));
const SOON = { timeout: 60_000, interval: 100 };
const served = new Map<string, Uint8Array>();
const server = createServer((request, response) => {
  const body = served.get(request.url ?? '');
  response.writeHead(body ? 200 : 404).end(body);
});
let watcher: Watcher;

const REPOSITORY = {
  'apps/web/prod/app.yaml': 'a: 1\n',
  'apps/web/dev/app.yaml': 'a: 2\n',
  'apps/API/prod/app.yaml': 'a: 3\n',
  'apps/API/prod/run.sh': '#!/bin/sh\n',
  'values.yaml': 'image: {tag: v1, pull: Always}\nlist: [1, 2]\n',
  'README.md': '# r\n',
  'logo.png': 'png',
};
const SETTINGS = { 'values.yaml': 'image: {tag: v2}\nlist: [3]\nmore: yes\n', 'x/y/z.yaml': 'z: 1\n' };

const repo = { alias: 'repo', kind: EXTERNAL.kind, name: 'repository' };
const conf = { alias: 'conf', kind: EXTERNAL.kind, name: 'settings' };
const to = '@artifact/';
const one = (name: string, copy: readonly object[], more: object = {}) => ({
  sources: [repo, conf],
  artifacts: [{ name, copy, ...more }],
});
const values = { from: '@repo/values.yaml', to: `${to}values.yaml` };

/** Generators by name: each is given to both. */
const SPECS: Readonly<Record<string, object>> = {
  folder: one('folder', [{ from: '@repo/apps', to }]),
  contents: one('contents', [{ from: '@repo/apps/**', to: `${to}all/` }]),
  everything: one('everything', [{ from: '@repo/', to }]),
  files: one('files', [{ from: '@repo/*.*', to, exclude: ['*.md'] }]),
  several: one('several', [values, { from: '@conf/x/**', to: `${to}x` }]),
  overwritten: one('overwritten', [values, { from: '@conf/values.yaml', to }]),
  merged: one('merged', [values, { from: '@conf/values.yaml', to, strategy: 'Merge' }]),
  excluded: one('excluded', [{ from: '@repo/apps', to, exclude: ['**/dev/**', 'API'] }]),
  extracted: one('extracted', [{ from: '@conf/**/*.tgz', to: `${to}c`, strategy: 'Extract' }]),
  revision: one('revision', [values], { revision: '@conf', originRevision: '@repo' }),
  origin: one('origin', [values], { originRevision: '@conf' }),
  two: { sources: [repo], artifacts: ['two-a', 'two.b'].map((name) => ({ name, copy: [values] })) },
  common: {
    ...one('common', [values]),
    commonMetadata: {
      labels: { team: 'x', 'app.kubernetes.io/managed-by': 'me' },
      annotations: { note: 'y' },
    },
  },
  environments: {
    ...one('{app}-{env}', [{ from: '@repo/apps/{app}/{env}/**', to: `${to}{app}/` }]),
    pathPattern: '@repo/apps/{app}/{env}',
  },
  nowhere: { ...one('{a}', [values]), pathPattern: '@repo/none/{a}' },
  // What does not come to anything.
  'no-match': one('no-match', [{ from: '@repo/none*', to }]),
  'no-file': one('no-file', [{ from: '@repo/none', to }]),
  'no-source': { ...one('no-source', [values]), sources: [{ ...repo, name: 'absent' }] },
  'all-excluded': one('all-excluded', [{ from: '@repo/*.md', to, exclude: ['*'] }]),
  'no-archive': one('no-archive', [{ ...values, strategy: 'Extract' }]),
  'bad-pattern': one('bad-pattern', [{ from: '@repo/[', to }]),
  'same-alias': { ...one('same-alias', [values]), sources: [repo, { ...conf, alias: 'repo' }] },
  'same-name': { sources: [repo], artifacts: ['s', 's'].map((name) => ({ name, copy: [values] })) },
  'no-revision': one('no-revision', [values], { revision: '@none' }),
  collision: { ...one('same', [values]), pathPattern: '@repo/apps/{app}' },
  'bad-capture': { ...one('{a}', [values]), pathPattern: '@repo/{a' },
  'no-capture': { ...one('{b}', [values]), pathPattern: '@repo/apps/{a}' },
};

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { cluster } = setting.world;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: STOCK } };
  await cluster.create(namespace, { fieldManager: 'person' });
  const chart = await archiveOf({ 'chart/Chart.yaml': 'name: c\n', 'chart/run.sh': 'x\n' });
  served.set('/repository.tar.gz', await archiveOf(REPOSITORY));
  served.set('/settings.tar.gz', await archiveOf({ ...SETTINGS, 'charts/c.tgz': chart }));
  for (const at of [setting.namespace, STOCK])
    for (const name of ['repository', 'settings']) await advertise(at, name, url, '1');
  const { kubeconfigPath } = own.plane;
  watcher = await startSourceWatcher({ dir: scratch, kubeconfigPath, namespace: STOCK });
}, 120_000);

afterAll(async () => {
  await watcher?.stop();
  server.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** What a third party's controller writes. */
async function advertise(namespace: string, name: string, url: string, version: string): Promise<void> {
  const { cluster } = setting.world;
  const reference = { ...EXTERNAL, namespace, name };
  if ((await cluster.get(reference)) === undefined)
    await cluster.create({ ...EXTERNAL, metadata: { namespace, name }, spec: {} }, { fieldManager: 'maker' });
  const path = `/${name}.tar.gz`;
  const digest = createHash('sha256')
    .update(served.get(path) ?? '')
    .digest('hex');
  const artifact = {
    ...{ path: path.slice(1), url: `${url}${path}`, revision: `v${version}@sha256:${digest}` },
    ...{ digest: `sha256:${digest}`, lastUpdateTime: '2026-03-01T12:00:00Z' },
    ...(name === 'repository' && {
      metadata: { 'org.opencontainers.image.revision': `main@sha1:${version}` },
    }),
  };
  const merge = { status: { artifact } };
  await cluster.patch(reference, { merge }, { fieldManager: 'maker', subresource: 'status' });
}

/** What a person sees of a generator, whoever made it. */
async function seenOf(namespace: string, name: string): Promise<unknown> {
  const found = await read(setting.world, { ...GENERATOR, namespace, name });
  const status = found.status as Reconciled['status'] & { readonly observedSourcesDigest?: string };
  const made = await Promise.all(inventoryOf(found).map((entry) => externalOf(found, entry.name)));
  return {
    finalizers: found.metadata.finalizers,
    conditions: status.conditions
      .map(({ type, status: is, reason, message, observedGeneration }) => ({
        type,
        is,
        reason,
        message,
        observedGeneration,
      }))
      .toSorted((a, b) => (a.type < b.type ? -1 : 1)),
    observed: status.observedSourcesDigest,
    inventory: inventoryOf(found).map(({ name: of, filename }) => `${of} ${filename}`),
    made,
  };
}

async function externalOf({ metadata }: Reconciled, name: string): Promise<unknown> {
  const { namespace = '', uid = '' } = metadata;
  const found = await read(setting.world, { ...EXTERNAL, namespace, name });
  const { path = '', revision = '', digest = '' } = found.status.artifact ?? {};
  const { metadata: origin } = (found.status.artifact ?? {}) as { readonly metadata?: object };
  return {
    labels: JSON.parse(JSON.stringify(found.metadata.labels).replaceAll(uid, 'UID')) as unknown,
    annotations: found.metadata.annotations,
    spec: JSON.parse(JSON.stringify(found.spec).replaceAll(namespace, 'NAMESPACE')) as unknown,
    conditions: found.status.conditions.map(({ lastTransitionTime: _time, ...condition }) => condition),
    path: path.replace(namespace, 'NAMESPACE'),
    // Another deflate makes another digest of the same files.
    revision: revision.replace(digest, 'DIGEST'),
    origin,
    managers: found.metadata.managedFields
      ?.map(({ manager, operation, subresource = '', fieldsV1 }) => {
        return { manager, operation, subresource, fields: namesOf(fieldsV1) };
      })
      .toSorted((a, b) => (a.subresource < b.subresource ? -1 : 1)),
    files: await filesOf(namespace, name, path, digest),
  };
}

/** The fields that somebody owns, without the keys of lists. */
function namesOf(fields: unknown): readonly string[] {
  const names = JSON.stringify(fields).match(/"f:[^"]+"/g) ?? [];
  return [...new Set(names)].toSorted();
}

async function filesOf(namespace: string, name: string, path: string, digest: string): Promise<unknown> {
  const { runtime, clusterId } = setting.world;
  const owner = { cluster: clusterId, kind: EXTERNAL.kind, namespace, name };
  const bytes =
    namespace === STOCK
      ? readFileSync(join(watcher.storage, path))
      : await loadPacked(runtime.ports.store, owner, { path, digest });
  const entries = [...tarEntries(inflateTar(bytes, 1e9), DEFAULT_LIMITS)];
  return entries.map(({ path: at, kind, isExecutable, body }) => [
    at,
    kind,
    isExecutable,
    body.toString('latin1'),
  ]);
}

/** Gives a spec to both, and waits until the stock one has come to a result about this generation. */
async function bothDone(name: string): Promise<void> {
  const { world, namespace } = setting;
  await expect
    .poll(async () => {
      const { status, metadata } = await read(world, { ...GENERATOR, namespace: STOCK, name });
      const ready = status.conditions.find(({ type }) => type === 'Ready');
      return ready?.status !== 'Unknown' && ready?.observedGeneration === metadata.generation;
    }, SOON)
    .toBe(true);
  await reconcile(world, { ...GENERATOR, namespace, name });
}

test.each(Object.entries(SPECS))(
  '[AG-16 reasons] [AG-08 inventory] [AG-07 applied] the stock source-watcher makes the same of: %s',
  { timeout: 120_000 },
  async (name, spec) => {
    for (const namespace of [STOCK, setting.namespace])
      await create(setting.world, { ...GENERATOR, metadata: { namespace, name }, spec } as never);

    await bothDone(name);

    expect(await seenOf(setting.namespace, name)).toEqual(await seenOf(STOCK, name));
  },
);

test('[AG-10 orphans] and the same of what is taken away, and of a disabled one', {
  timeout: 120_000,
}, async () => {
  const { world, namespace } = setting;
  const artifacts = [{ name: 'two-a', copy: [values] }];
  const annotations = { 'source.extensions.fluxcd.io/reconcile': 'Disabled' };
  for (const at of [STOCK, namespace]) {
    await edit(world, { ...GENERATOR, namespace: at, name: 'two' }, { spec: { artifacts } });
    const metadata = { namespace: at, name: 'off', annotations };
    await create(world, { ...GENERATOR, metadata, spec: SPECS.files } as never);
  }

  for (const name of ['two', 'off']) await bothDone(name);

  for (const name of ['two', 'off']) expect(await seenOf(namespace, name)).toEqual(await seenOf(STOCK, name));
  for (const at of [STOCK, namespace])
    expect(await world.cluster.get({ ...EXTERNAL, namespace: at, name: 'two.b' })).toBeUndefined();
});

test('what the stock one made is taken over as it is: only where it is kept, and so its digest, are new', {
  timeout: 120_000,
}, async () => {
  const { world } = setting;
  const reference = { ...GENERATOR, namespace: STOCK, name: 'common' };
  const external = { ...EXTERNAL, namespace: STOCK, name: 'common' };
  const [before, seen] = [await read(world, external), await seenOf(STOCK, 'common')];
  await watcher.stop();

  const taken = await reconcile(world, reference);

  const after = await read(world, external);
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.status.artifact?.path).toBe(before.status.artifact?.path);
  const namesIn = ({ metadata }: Reconciled) =>
    metadata.managedFields
      ?.map(({ manager, operation, subresource = '', fieldsV1 }) => [
        manager,
        operation,
        subresource,
        namesOf(fieldsV1),
      ])
      .toSorted();
  expect(namesIn(after)).toEqual(namesIn(before));
  expect(inventoryOf(taken).map(({ name, filename }) => `${name} ${filename}`)).toEqual(
    (seen as { inventory: unknown }).inventory,
  );
  setting.requests.length = 0;
  await reconcile(world, reference);
  expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});
