import { describe, expect, test } from 'vitest';
import { loadCel } from '../../../shared/core/cel/expression.ts';
import { type KubernetesObject, referenceOf } from '../../../shared/core/kubernetes-object.ts';
import { type HealthExpressions, judgeOf } from '../../../shared/health/expressions.ts';
import { readHealth } from '../../../shared/health/read.ts';
import { NOW, sample } from './samples.ts';
import { scriptedCluster } from './scripted-cluster.ts';

const compile = await loadCel();
const WIDGETS = { apiVersion: 'example.com/v1', kind: 'Widget' };
const JUDGED = { ...WIDGETS, current: 'data.current', inProgress: 'data.inProgress', failed: 'data.failed' };

function judged(check: Omit<HealthExpressions, 'apiVersion'>, fields: object) {
  return judgeOf([{ ...WIDGETS, ...check }], compile).judge(sample(WIDGETS.apiVersion, 'Widget', fields));
}
const data = (current: boolean, inProgress: boolean, failed: boolean) => ({
  data: { current, inProgress, failed },
});

describe('expressions tell how an object is', () => {
  test.each([
    ['[KS-87 not-current] none of them', data(false, false, false), 'InProgress'],
    ['[KS-87 order] all of them', data(true, true, true), 'InProgress'],
    ['[KS-87 order] failed and current', data(true, false, true), 'Failed'],
    ['[KS-87 expressions] current alone', data(true, false, false), 'Current'],
  ])('%s', (_name, fields, status) => {
    expect(judged(JUDGED, fields)).toEqual({ status, message: '' });
  });

  test('[KS-87 not-current] current alone and false is InProgress', () => {
    expect(judged({ current: 'data.current' }, data(false, false, true))?.status).toBe('InProgress');
  });

  test.each([
    ['differs', { metadata: { generation: 2 }, status: { observedGeneration: 1 } }, 'InProgress'],
    ['is the same', { metadata: { generation: 2 }, status: { observedGeneration: 2 } }, 'Current'],
    ['is a text', { metadata: { generation: 2 }, status: { observedGeneration: '1' } }, 'Current'],
    ['is not there', { metadata: { generation: 2 }, status: {} }, 'Current'],
  ])('[KS-87 observed-generation] an observed generation that %s', (_name, fields, status) => {
    expect(judged({ current: 'true' }, fields)?.status).toBe(status);
  });

  test('[KS-87 error] one that cannot be evaluated is Unknown, and tells why', () => {
    expect(judged({ current: 'data.currentt' }, data(true, false, false))).toEqual({
      status: 'Unknown',
      message: "failed to evaluate the CEL expression 'data.currentt': no such key: currentt",
    });
    expect(judged({ current: 'status.conditions.all(e, true)' }, {})?.message).toContain(
      'no such attribute(s): status.conditions',
    );
  });

  test('[KS-74 expressions] one about a Secret tells nothing of what it makes of it', () => {
    const secret = { ...sample('v1', 'Secret', {}), data: { password: 'aHVudGVyMg==' } };
    const current = "{'a': 1}[string(base64.decode(data.password))] == 1";
    const judge = judgeOf([{ apiVersion: 'v1', kind: 'Secret', current }], compile);

    expect(judge.judge(secret)).toEqual({
      status: 'Unknown',
      message: 'failed to evaluate a CEL expression about a Secret',
    });
  });

  test('[KS-87 error] nothing but yes and no is an answer', () => {
    expect(judged({ current: 'data.name' }, { data: { name: 'x' } })?.message).toBe(
      "failed to evaluate CEL expression as boolean: 'data.name'",
    );
  });
});

describe('kinds', () => {
  const every: HealthExpressions = { apiVersion: 'example.com/v1', current: 'false' };

  test('[KS-87 any-kind] without a kind they are for every kind of the group that has none of its own', () => {
    const judge = judgeOf([every, { ...WIDGETS, current: 'true' }], compile);

    expect(judge.judge(sample('example.com/v1', 'Widget', {}))?.status).toBe('Current');
    expect(judge.judge(sample('example.com/v1', 'Gadget', {}))?.status).toBe('InProgress');
    expect(judge.judge(sample('other.com/v1', 'Widget', {}))).toBeUndefined();
  });

  test('[KS-87 any-version] the version of the group does not count', () => {
    expect(judgeOf([every], compile).judges({ apiVersion: 'example.com/v2', kind: 'Widget' })).toBe(true);
  });

  test('[KS-87 twice] two checks for one kind are refused', () => {
    const twice = [
      { ...WIDGETS, current: 'true' },
      { ...WIDGETS, apiVersion: 'example.com/v2', current: 'true' },
    ];

    expect(() => judgeOf(twice, compile)).toThrow(
      'duplicate custom health check for GroupKind Widget.example.com at healthchecks[1]',
    );
  });

  test.each<[string, Partial<HealthExpressions>, string]>([
    ['no current', { current: '' }, 'expression Current not specified'],
    ['a wrong current', { current: 'data.' }, 'failed to parse the expression Current'],
    ['a wrong failed', { failed: 'data.' }, 'failed to parse the expression Failed'],
    ['a wrong inProgress', { inProgress: 'data.' }, 'failed to parse the expression InProgress'],
  ])('[KS-05 cel] %s is refused', (_name, check, why) => {
    expect(() => judgeOf([{ ...WIDGETS, current: 'true', ...check }], compile)).toThrow(
      `failed to create custom status evaluator for healthchecks[0]: ${why}`,
    );
  });

  test('more text than can be compiled in time is refused', () => {
    const many = Array.from({ length: 20 }, (_, at) => ({
      ...WIDGETS,
      kind: `K${at}`,
      current: `true${' '.repeat(9000)}`,
    }));

    expect(() => judgeOf(many, compile)).toThrow(/more than 65536 characters/);
  });
});

describe('on a cluster', () => {
  async function read(object: KubernetesObject, check: HealthExpressions) {
    const world = scriptedCluster({ objects: [object] });
    const references = [referenceOf(object)];
    const judge = judgeOf([check], compile);
    const [reading] = await readHealth({ cluster: world.cluster, references, now: NOW, judge });
    return { status: reading?.status, calls: world.calls };
  }

  test('[KS-87 instead] they are asked instead of every other rule', async () => {
    const leaving = sample('example.com/v1', 'Widget', {
      metadata: { deletionTimestamp: '2026-03-01T11:00:00Z' },
      status: { conditions: [{ type: 'Stalled', status: 'True' }] },
    });
    const check = { apiVersion: 'apps/v1', kind: 'Deployment', current: 'true' };

    expect((await read(leaving, { ...WIDGETS, current: 'true' })).status).toBe('Current');
    expect((await read(sample('apps/v1', 'Deployment', {}), check)).status).toBe('Current');
  });

  test('[KS-87 instead] but a Job is judged by its own rule', async () => {
    const check = { apiVersion: 'batch/v1', kind: 'Job', current: 'true' };

    expect((await read(sample('batch/v1', 'Job', {}), check)).status).toBe('InProgress');
  });

  test('objects of kinds without a status are read in full for them', async () => {
    const maps = ['a', 'b', 'c'].map((name) => ({
      ...sample('v1', 'ConfigMap', { metadata: { name } }),
      data: { ready: 'yes' },
    }));
    const world = scriptedCluster({ objects: maps });
    const judge = judgeOf([{ apiVersion: 'v1', kind: 'ConfigMap', current: "data.ready == 'yes'" }], compile);
    const request = { cluster: world.cluster, references: maps.map(referenceOf), now: NOW, judge };

    expect((await readHealth(request)).map(({ status }) => status)).toEqual([
      'Current',
      'Current',
      'Current',
    ]);
    expect(world.calls).toEqual(['list ConfigMap apps']);
  });

  test('a pod that failed does not overrule them', async () => {
    const set = sample('apps/v1', 'StatefulSet', { spec: { selector: { matchLabels: { app: 'web' } } } });
    const { status, calls } = await read(set, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      current: 'false',
    });

    expect(status).toBe('InProgress');
    expect(calls).toHaveLength(1);
  });
});
