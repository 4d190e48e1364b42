import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bucket } from '../../shared/reconcile/bucket/effects.ts';
import { gitRepository } from '../../shared/reconcile/git-repository/effects.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { commit, createRepository, type GitServer, startGitServer } from '../servers/git-http.ts';
import { type ChartFiles, chartFiles, packCharts, prefixed } from '../servers/helm.ts';
import { s3Objects } from '../servers/s3-objects.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { blobPuts, chartsOf, inChart, readyOf, type Source } from './chart-fleet.ts';
import { openFleet, type SourceStatus } from './many-clusters.ts';

/** Clusters of one deployment. */
const MANY = 100;
const CLUSTERS = Array.from({ length: MANY }, (_, index) => `cluster-${index}`);

let s3: AwsServer;
let git: GitServer;
const gitRoot = mkdtempSync(join(tmpdir(), 'fleet-charts-'));

beforeAll(async () => {
  [s3, git] = await Promise.all([startS3Server(), startGitServer(gitRoot)]);
});
afterAll(async () => {
  await Promise.all([s3.stop(), git.stop()]);
  rmSync(gitRoot, { recursive: true, force: true });
});

const SOURCES: Readonly<Record<Source['kind'], (name: string, files: ChartFiles) => Promise<Source>>> = {
  GitRepository: async (name, files) => {
    const repository = await createRepository(gitRoot, name);
    await commit(repository, files, 'first');
    const write = (path: string, text: string) => commit(repository, { [path]: text }, 'next');
    const spec = { url: `${git.url}/${name}.git`, ref: { branch: 'main' }, provider: 'generic' };
    const timing = { interval: '10m', timeout: '60s' };
    return {
      kind: 'GitRepository',
      fleet: openFleet(gitRepository, { spec: { ...spec, ...timing } }),
      write,
    };
  },
  Bucket: async (name, files) => {
    const { createBucket, put } = s3Objects(s3);
    await createBucket(name);
    for (const [key, text] of Object.entries(files)) await put(name, key, text);
    const { accessKeyId, secretAccessKey } = s3.access.credentials;
    const spec = {
      ...{ bucketName: name, endpoint: new URL(s3.access.endpoint).host, region: s3.access.region },
      ...{
        provider: 'generic',
        insecure: true,
        interval: '10m',
        timeout: '60s',
        secretRef: { name: 'keys' },
      },
    };
    const keys = { accesskey: accessKeyId, secretkey: secretAccessKey };
    const write = (key: string, text: string) => put(name, key, text);
    return { kind: 'Bucket', fleet: openFleet(bucket, { spec }, () => ({ keys })), write };
  },
};

describe.each(Object.entries(SOURCES))('a chart in a %s that all clusters of a fleet have', (kind, open) => {
  const files: ChartFiles = {
    ...prefixed('app', chartFiles('app', '0.3.0')),
    'prod.yaml': 'replicas: 5\n',
  };
  const named = (what: string): string => `${what}-${kind.toLowerCase()}`;

  test('is built and stored once when all wake in the same second', async () => {
    const source = await open(named('once'), files);
    await Promise.all(CLUSTERS.map((cluster) => source.fleet.visit(cluster)));
    const charts = chartsOf(source, { chart: 'app' });
    charts.puts.length = 0;

    const statuses = await Promise.all(CLUSTERS.map((cluster) => charts.visit(cluster)));

    expect(statuses.map(readyOf)).toEqual(Array(MANY).fill('True ChartPackageSucceeded'));
    expect(new Set(statuses.map(({ artifact }) => artifact?.digest)).size).toBe(1);
    expect(blobPuts(charts)).toHaveLength(1);
    charts.puts.length = 0;
    await Promise.all(CLUSTERS.map((cluster) => charts.visit(cluster)));
    expect(charts.puts).toEqual([]);
  });

  test('is another one with other values files, another path or another revision in its version', async () => {
    const source = await open(named('rules'), {
      ...files,
      'other/app/Chart.yaml': files['app/Chart.yaml'] ?? '',
    });
    await source.fleet.visit('cluster-0');
    await source.fleet.visit('cluster-1');
    const charts = chartsOf(source, { chart: 'app' });
    const others: readonly object[] = [
      { valuesFiles: ['prod.yaml'] },
      { valuesFiles: ['app/values.yaml', 'prod.yaml'] },
      { chart: 'other/app' },
      { reconcileStrategy: 'Revision' },
    ];

    const plain = await charts.visit('cluster-0');
    const made = [];
    for (const more of others)
      made.push(await chartsOf(source, { chart: 'app', ...more }).visit('cluster-1'));

    expect([plain, ...made].map(readyOf)).toEqual(Array(5).fill('True ChartPackageSucceeded'));
    expect(new Set([plain, ...made].map(({ artifact }) => artifact?.digest)).size).toBe(5);
    expect((await inChart(charts, plain))['app/values.yaml']).toContain('replicas: 1');
    expect((await inChart(charts, made[0] ?? plain))['app/values.yaml']).toBe('replicas: 5\n');
  });

  test('is another one when its source is, whatever version it says', async () => {
    const source = await open(named('source'), files);
    await source.fleet.visit('cluster-0');
    const charts = chartsOf(source, { chart: 'app' });
    await charts.visit('cluster-0');

    await source.write('app/values.yaml', 'replicas: 9\n');
    await source.fleet.visit('cluster-1');
    const next = await charts.visit('cluster-1');

    expect(readyOf(next)).toMatch(/^True/);
    expect((await inChart(charts, next))['app/values.yaml']).toBe('replicas: 9\n');
  });

  test('is nothing for a cluster whose source only claims the same bytes', async () => {
    const source = await open(named('claims'), files);
    const { artifact } = await source.fleet.visit('cluster-0');
    expect(readyOf(await chartsOf(source, { chart: 'app' }).visit('cluster-0'))).toMatch(/^True/);
    const claiming = {
      ...source,
      fleet: { ...source.fleet, statusOf: () => ({ artifact }) as SourceStatus },
    };

    const refused = await chartsOf(claiming, { chart: 'app' }).visit('cluster-1');

    expect(readyOf(refused)).toBe('False NoSourceArtifact');
    expect(refused.artifact).toBeUndefined();
  });

  test('is taken as it is when it is an archive, and stored once', async () => {
    if (kind !== 'Bucket') return;
    const { packed } = await packCharts([chartFiles('app', '2.0.0')]);
    await s3Objects(s3).createBucket('archives');
    await s3Objects(s3).put('archives', 'app.tgz', new Uint8Array(packed[0]?.body ?? []));
    const source = await open('archives-of', {});
    const spec = { bucketName: 'archives' };
    for (const cluster of CLUSTERS) await source.fleet.visit(cluster, {}, spec);
    const charts = chartsOf(source, { chart: 'app.tgz' });
    charts.puts.length = 0;

    const statuses = await Promise.all(CLUSTERS.map((cluster) => charts.visit(cluster)));

    expect(statuses.map(readyOf)).toEqual(Array(MANY).fill('True ChartPullSucceeded'));
    expect(blobPuts(charts)).toHaveLength(1);
  });
});
