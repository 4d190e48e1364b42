import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, connect, until } from './api.ts';
import { chanceOf } from './merge/chance.ts';
import { configMaps, deployments, services } from './merge/kinds.ts';
import { playScales } from './merge/scale.ts';
import { playSequence, type Report } from './merge/sequence.ts';
import { widgetDefinition, widgets } from './merge/widgets.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

// A control plane without controllers: they would write between our writes.
const dir = mkdtempSync(join(tmpdir(), 'cluster-merge-'));
let plane: ControlPlane;
let api: Api;

beforeAll(async () => {
  plane = await startControlPlane({ dir, controllers: false, kubelet: false });
  api = connect(plane);
  await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgetDefinition);
  await until('widgets are served', async () => {
    const { status } = await api.send('GET', '/apis/merge.test/v2/namespaces/default/widgets');
    return status === 200 || undefined;
  });
});
afterAll(async () => {
  api?.close();
  await plane?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const SEQUENCES = 40;
const WRITES = 14;

describe('random writes leave what the real API server leaves, managedFields and refusals included', () => {
  test.for([configMaps, services, deployments, widgets])('$kind', async (kind) => {
    const report: Report = { compared: {}, differences: [] };

    for (let seed = 1; seed <= SEQUENCES; seed++) await playSequence(api, kind, seed, WRITES, report);

    expect(report.differences).toEqual([]);
    const outcomes = [
      'create 201',
      'apply 201',
      'apply 200',
      'apply 409',
      'apply 500',
      'update 200',
      'merge 200',
    ];
    for (const outcome of outcomes) expect(report.compared[outcome], outcome).toBeGreaterThan(5);
  });
});

test('writes of a Scale are recorded as the real API server records them', async () => {
  const pairs = await playScales(api, chanceOf(7), 60);

  expect(pairs.length).toBeGreaterThan(20);
  for (const [expected, found] of pairs) expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
});
