import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { type Baseline, baselineKey, recordAnswer, recordSkipped } from '../../../shared/apply/baseline.ts';
import {
  parseBaseline,
  readBaseline,
  serialiseBaseline,
  writeBaseline,
} from '../../../shared/apply/baseline-store.ts';

const context = { fieldManager: 'kustomize-controller', key: new Uint8Array([7]) };
const answer = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x', namespace: 'a', uid: 'u', resourceVersion: '5' },
  data: { password: 'aHVudGVyMg==' },
};
const workload = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'a', uid: 'w', resourceVersion: '6', generation: 3 },
};
const baseline: Baseline = {
  header: {
    rendered: 'sha256:1',
    owner: 'uid-1',
    inputDigest: 'sha256:2',
    revision: 'main@sha1:3',
    cluster: 'cluster-uid',
    serverVersion: 'v1.36.3',
    definitions: { 'pears.test': 'uid:1' },
  },
  entries: [
    recordAnswer(answer, 'D1', context),
    recordAnswer(workload, 'D2', context),
    recordSkipped(
      { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'left' },
      undefined,
      'D3',
      'live',
    ),
  ],
};

test('1: what is recorded of an object comes from one answer', () => {
  expect(baseline.entries[0]).toMatchObject({
    id: 'a_x__Secret',
    version: 'v1',
    uid: 'u',
    resourceVersion: '5',
    manifest: 'D1',
  });
  expect(baseline.entries[0]).not.toHaveProperty('generation');
  expect(baseline.entries[1]).toMatchObject({ id: 'a_web_apps_Deployment', generation: 3, manifest: 'D2' });
});

test('a baseline survives the store as it was, and holds no value of a Secret', () => {
  const body = serialiseBaseline(baseline);

  expect(parseBaseline(body)).toEqual(baseline);
  expect(new TextDecoder().decode(body)).not.toMatch(/hunter2|aHVudGVyMg/);
});

test.each([
  ['no JSON', 'nothing'],
  ['null', 'null'],
  ['another format', '{"format":99,"header":{},"objects":[]}'],
  ['a header that lacks a field', '{"format":1,"header":{"rendered":"x","definitions":{}},"objects":[]}'],
  [
    'half a tuple',
    JSON.stringify({ format: 1, header: baseline.header, objects: [['a_x__Secret', 'v1', 'u']] }),
  ],
])('%s is as good as no baseline', (_, text) => {
  expect(parseBaseline(new TextEncoder().encode(text))).toBeUndefined();
});

test('10: of two workers that read the same baseline one writes, the other is told', async () => {
  const store = createMemoryStore(createManualClock());
  const key = baselineKey('cluster', 'Kustomization', 'flux-system', 'apps');

  const nothing = await readBaseline(store, key);
  expect(nothing).toEqual({ baseline: undefined, etag: undefined });
  expect(await writeBaseline(store, key, baseline, undefined)).toBeDefined();
  expect(await writeBaseline(store, key, baseline, undefined)).toBeUndefined();

  const { etag } = await readBaseline(store, key);
  const next = { ...baseline, header: { ...baseline.header, revision: 'main@sha1:4' } };
  expect(await writeBaseline(store, key, next, etag)).toBeDefined();
  expect(await writeBaseline(store, key, baseline, etag)).toBeUndefined();
  expect((await readBaseline(store, key)).baseline?.header.revision).toBe('main@sha1:4');
  expect(key).toBe('baselines/cluster/Kustomization/flux-system/apps.json');
});

test('an unreadable baseline can be replaced', async () => {
  const store = createMemoryStore(createManualClock());
  await store.put('baselines/x.json', new TextEncoder().encode('broken'));

  const { baseline: found, etag } = await readBaseline(store, 'baselines/x.json');

  expect(found).toBeUndefined();
  expect(await writeBaseline(store, 'baselines/x.json', baseline, etag)).toBeDefined();
});
