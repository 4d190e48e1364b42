import { describe, expect, test } from 'vitest';
import { createPrometheus } from '../../../shared/adapters/local/prometheus.ts';
import { resourceOf } from '../../../shared/core/resource-info.ts';
import { condition, readyGitRepository, readyKustomization } from '../../builders.ts';

const web = { cluster: 'one', kind: 'Kustomization', namespace: 'apps', name: 'web' };
const LABELS = 'cluster="one",kind="Kustomization",name="web",namespace="apps"';
const samplesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('durations of runs', () => {
  test("are counted in upstream's buckets, by kind, name and namespace", () => {
    const metrics = createPrometheus();

    for (const seconds of [0.005, 0.02, 3, 7200]) metrics.reconciled(web, seconds);

    const buckets = samplesOf(metrics.text()).flatMap((line) => {
      const [, bound, count] = /_bucket\{.*le="([^"]+)"\} (\d+)$/.exec(line) ?? [];
      return bound === undefined
        ? []
        : [[bound === '+Inf' ? bound : Number(bound).toPrecision(4), Number(count)]];
    });
    // client_golang's ExponentialBucketsRange(10e-3, 1800, 10).
    expect(buckets).toEqual([
      ['0.01000', 1],
      ['0.03836', 2],
      ['0.1472', 2],
      ['0.5646', 2],
      ['2.166', 2],
      ['8.310', 3],
      ['31.88', 3],
      ['122.3', 3],
      ['469.2', 3],
      ['1800', 3],
      ['+Inf', 4],
    ]);
    expect(metrics.text()).toContain(`gotk_reconcile_duration_seconds_sum{${LABELS}} 7203.025\n`);
    expect(metrics.text()).toContain(`gotk_reconcile_duration_seconds_count{${LABELS}} 4\n`);
    expect(metrics.text()).toContain('# TYPE gotk_reconcile_duration_seconds histogram\n');
  });

  test('of an object that is gone, and of a cluster that is not registered any more, leave nothing behind', () => {
    const metrics = createPrometheus();
    const others = [
      { ...web, name: 'other' },
      { ...web, cluster: 'two' },
    ];
    for (const one of [web, ...others]) metrics.reconciled(one, 1);

    metrics.forgotten(web);
    expect(samplesOf(metrics.text()).filter((line) => line.includes('name="web"'))).toHaveLength(13);
    metrics.clusters(['two']);

    const left = samplesOf(metrics.text());
    expect(left).toHaveLength(13);
    expect(left.every((line) => line.includes('cluster="two"'))).toBe(true);
  });
});

describe('the state of objects', () => {
  const kustomization = readyKustomization({ metadata: { name: 'web' } });
  const source = readyGitRepository({
    spec: { suspend: true },
    status: { conditions: [condition('Ready', 'False')] },
  });

  test("has the labels of Flux's monitoring guide", () => {
    const metrics = createPrometheus();

    metrics.surveyed(
      'one',
      [kustomization, source].map((object) => resourceOf(object, 'one')),
    );

    expect(samplesOf(metrics.text())).toEqual([
      'gotk_resource_info{cluster="one",customresource_group="kustomize.toolkit.fluxcd.io",customresource_kind="Kustomization",customresource_version="v1",exported_namespace="apps",name="web",ready="True",suspended="false",revision="main@sha1:b8e362c206e3d0cbb7ed22ced771a0056455a2fb",source_name="podinfo"} 1',
      'gotk_resource_info{cluster="one",customresource_group="source.toolkit.fluxcd.io",customresource_kind="GitRepository",customresource_version="v1",exported_namespace="apps",name="podinfo",ready="False",suspended="true",revision="main@sha1:b8e362c206e3d0cbb7ed22ced771a0056455a2fb",url="https://git.example.com/podinfo.git"} 1',
    ]);
  });

  test('is that of the last sweep, without what is gone since', () => {
    const metrics = createPrometheus();
    const both = [kustomization, source].map((object) => resourceOf(object, 'one'));
    metrics.surveyed('one', both);

    metrics.surveyed('one', both.slice(0, 1));
    expect(samplesOf(metrics.text())).toHaveLength(1);
    metrics.forgotten(web);
    expect(samplesOf(metrics.text())).toEqual([]);
  });

  test('shows no credentials that somebody wrote into a URL', () => {
    const metrics = createPrometheus();
    const careless = readyGitRepository({
      spec: { url: 'https://ada:hunter2@git.example.com/a?token=abc123' },
    });
    metrics.surveyed('one', [resourceOf(careless, 'one')]);

    expect(metrics.text()).toContain('git.example.com/a');
    expect(metrics.text()).not.toMatch(/hunter2|abc123/);
  });

  test('is Unknown before the first run, and its labels are quoted', () => {
    const metrics = createPrometheus();
    const odd = readyGitRepository({ spec: { url: 'a"b\\c\nd' }, status: { conditions: [] } });

    metrics.surveyed('one', [resourceOf(odd, 'one')]);

    expect(metrics.text()).toContain('ready="Unknown"');
    expect(metrics.text()).toContain('url="a\\"b\\\\c\\nd"');
  });

  test('never tells the path of a Receiver', () => {
    const receiver = {
      apiVersion: 'notification.toolkit.fluxcd.io/v1',
      kind: 'Receiver',
      metadata: { name: 'hook', namespace: 'apps' },
      status: { webhookPath: '/hook/secret' },
    };

    expect(JSON.stringify(resourceOf(receiver, 'one'))).not.toContain('secret');
  });
});
