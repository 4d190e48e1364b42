import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { chartFiles } from '../servers/helm.ts';
import { secret } from './bucket.ts';
import { chartAt, filesIn, helmChart, openMuseum, startChart, storedChart, visitChart } from './charts.ts';
import { condition, create, edit, eventsOf, type Reconciled, read, reconcile } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import { newEvents, told, useWorld, visitsIn } from './setting.ts';

const setting = useWorld('helm-chart');
const visits = visitsIn(setting);
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe('a chart of an index', () => {
  test('[HC-01 defaults] [HC-03 latest] [HC-06 file] [HC-06 revision] [HC-06 link] [HC-14 pulled] [HC-15 status] [HR-12 charts] is stored as it is there, under its version', async () => {
    const museum = await openMuseum([
      chartFiles('app', '1.0.0'),
      chartFiles('app', '1.2.0'),
      chartFiles('app', '2.0.0-rc.1'),
    ]);

    const done = await startChart(setting, 'stored', museum.url, { chart: 'app' });

    const { artifact, observedGeneration } = done.status;
    const body = museum.files.get('/app-1.2.0.tgz') ?? new Uint8Array();
    const message = "pulled 'app' chart with version '1.2.0'";
    expect(artifact).toMatchObject({
      revision: '1.2.0',
      digest: `sha256:${sha256(body)}`,
      size: body.byteLength,
      path: `helmchart/${setting.namespace}/stored/app-1.2.0.tgz`,
    });
    expect(Buffer.compare(await storedChart(setting, done), body)).toBe(0);
    expect(told(done)).toBe(`True ChartPullSucceeded: ${message}`);
    expect(told(done, 'ArtifactInStorage')).toBe(`True ChartPullSucceeded: ${message}`);
    expect(observedGeneration).toBe(1);
    const source = await reconcile(setting.world, helmAt(setting, 'stored'));
    expect(done.status).toMatchObject({
      observedChartName: 'app',
      observedSourceArtifactRevision: source.status.artifact?.revision,
      url: expect.stringContaining(`/helmchart/${setting.namespace}/stored/latest.tar.gz`),
    });
    expect(done.metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
    expect(await eventsOf(setting.world, chartAt(setting, 'stored'))).toEqual([
      `Normal ChartPullSucceeded: ${message}`,
    ]);
  });

  test('[HC-11 cached] is not downloaded again while it is what is wanted, and nothing is written', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    const first = await startChart(setting, 'cached', museum.url, { chart: 'app' });
    museum.asked.length = 0;

    const same = await visitChart(setting, 'cached');

    expect(museum.asked).toEqual([]);
    expect(same.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await edit(setting.world, chartAt(setting, 'cached'), { spec: { interval: '11m' } });
    const edited = await visitChart(setting, 'cached');
    expect(edited.status.observedGeneration).toBe(2);
    expect(edited.status.artifact).toMatchObject({ digest: first.status.artifact?.digest });
  });

  test('[HC-11 index] [COM-30 helm-cache] is not looked up again in the same index', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    await startChart(setting, 'looked-up', museum.url, { chart: 'app' });
    const { artifact } = (await reconcile(setting.world, helmAt(setting, 'looked-up'))).status;
    const index = `blobs/${artifact?.digest.slice('sha256:'.length)}`;
    const read: string[] = [];
    const inner = setting.world.runtime.ports.store;
    const store = {
      ...inner,
      get: (key: string) => {
        read.push(key);
        return inner.get(key);
      },
    };

    await visitChart(setting, 'looked-up', { ports: { store } });
    expect(read.filter((key) => key === index)).toHaveLength(1);
    await visitChart(setting, 'looked-up', { ports: { store } });
    expect(read.filter((key) => key === index)).toHaveLength(1);
  });

  test('is downloaded once for all who would get the same, and by nobody else', async () => {
    const proof = `Basic ${Buffer.from('ada:word').toString('base64')}`;
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    const downloads = (): number => museum.asked.filter((line) => line === 'GET /app-1.0.0.tgz').length;
    const first = await startChart(setting, 'once-a', museum.url, { chart: 'app' });
    const second = await startChart(setting, 'once-b', museum.url, { chart: 'app', version: '1.x' });
    expect(second.status.artifact?.digest).toBe(first.status.artifact?.digest);
    expect(downloads()).toBe(1);

    await create(setting.world, secret(setting, 'ada', { username: 'ada', password: 'word' }));
    const secretRef = { name: 'ada' };
    const third = await startChart(setting, 'once-c', museum.url, { chart: 'app' }, { secretRef });
    expect(told(third)).toMatch(/^True ChartPullSucceeded/);
    expect(downloads()).toBe(2);
    expect(JSON.stringify(third)).not.toContain(proof);
  });

  test('[COM-15 mismatch] is fetched again where its bytes are spoilt, whoever else has just had it', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    const first = await startChart(setting, 'spoilt', museum.url, { chart: 'app' });
    const { digest = '' } = first.status.artifact ?? {};
    const { store } = setting.world.runtime.ports;
    const blob = `blobs/${digest.slice('sha256:'.length)}`;
    await store.put(blob, Buffer.alloc((await store.head(blob))?.size ?? 0));

    const cured = await visitChart(setting, 'spoilt');

    expect(`sha256:${sha256(await storedChart(setting, cured))}`).toBe(digest);
  });

  test('[HC-03 exact] [HC-03 range] is the one of that very version, else the newest in range', async () => {
    const versions = ['1.0.0', '1.1.0', '1.1.3', '2.0.0', '2.1.0-rc.1'];
    const museum = await openMuseum(versions.map((version) => chartFiles('app', version)));
    const picked: string[] = [];
    await startChart(setting, 'ranges', museum.url, { chart: 'app', version: '1.0.0' });
    for (const version of ['1.0.0', '1.1.x', '>=1.0.0 <2.0.0', '*', '2.1.0-rc.1', '>=2.0.0-0']) {
      await edit(setting.world, chartAt(setting, 'ranges'), { spec: { version } });
      picked.push((await visitChart(setting, 'ranges')).status.artifact?.revision ?? '');
    }

    expect(picked).toEqual(['1.0.0', '1.1.3', '1.1.3', '2.0.0', '2.1.0-rc.1', '2.1.0-rc.1']);
  });

  test('[HC-16 index] [HR-07 fresh] a new index wakes it at once, and it follows', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    await startChart(setting, 'follows', museum.url, { chart: 'app', version: '1.x' });
    const before = await visits(helmAt(setting, 'follows'));
    expect(before.woken).toEqual([]);

    await museum.publish(chartFiles('app', '1.0.0'), chartFiles('app', '1.5.0'));
    const { woken } = await visits(helmAt(setting, 'follows'));

    expect(woken).toEqual(['source HelmChart/follows']);
    const done = await visitChart(setting, 'follows');
    expect(done.status.artifact?.revision).toBe('1.5.0');
    expect(condition(done, 'ArtifactOutdated')).toBeUndefined();
    expect(await newEvents(setting, chartAt(setting, 'follows'))).toEqual([
      "Normal ChartPullSucceeded: pulled 'app' chart with version '1.0.0'",
      "Normal ChartPullSucceeded: pulled 'app' chart with version '1.5.0'",
    ]);
    expect((await visits(helmAt(setting, 'follows'))).woken).toEqual([]);
  });

  test('[HC-14 new-chart] the one that is there is outdated while another version is fetched', async () => {
    const at = chartAt(setting, 'outdated');
    const isShown = async (): Promise<boolean> =>
      told(await read(setting.world, at), 'ArtifactOutdated') !== 'none';
    let seen: Reconciled | undefined;
    const museum = await openMuseum([chartFiles('app', '1.0.0')], {
      answers: ({ url }, response) => {
        if (url !== '/app-1.5.0.tgz') return false;
        // Held back until it is told what is going on, 20 s at most.
        void (async () => {
          for (let look = 0; look < 200 && !(await isShown()); look++) await sleep(100);
          seen = await read(setting.world, at);
          response.end(museum.files.get(url));
        })();
        return true;
      },
    });
    await startChart(setting, 'outdated', museum.url, { chart: 'app', version: '1.x' });
    await museum.publish(chartFiles('app', '1.5.0'));
    await reconcile(setting.world, helmAt(setting, 'outdated'));

    const done = await visitChart(setting, 'outdated');

    const news = "new 'app' chart with version '1.5.0'";
    expect(seen && told(seen, 'ArtifactOutdated')).toBe(`True NewChart: ${news}`);
    expect(seen && told(seen, 'Reconciling')).toBe(`True Progressing: building artifact: ${news}`);
    expect(seen?.status.artifact?.revision).toBe('1.0.0');
    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.5.0'");
    expect(condition(done, 'ArtifactOutdated')).toBeUndefined();
  });

  test('[COM-05 source-deleted] suspended it stays as it is, and deleted it takes its artifacts with it', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    const { status } = await startChart(setting, 'ends', museum.url, { chart: 'app' });
    await edit(setting.world, chartAt(setting, 'ends'), { spec: { suspend: true, version: '9.x' } });
    expect(told(await visitChart(setting, 'ends'))).toMatch(/^True ChartPullSucceeded/);

    await setting.world.cluster.delete(chartAt(setting, 'ends'));
    await visitChart(setting, 'ends').catch(() => {});

    const key = `artifacts/${setting.world.clusterId}/${status.artifact?.path}`;
    expect(await setting.world.runtime.ports.store.get(key)).toBeUndefined();
    expect(await setting.world.cluster.get(chartAt(setting, 'ends'))).toBeUndefined();
  });
});

describe('values files', () => {
  const VALUES = {
    'values.yaml': 'replicas: 1\nimage: {tag: one, name: app}\n',
    'prod.yaml': 'replicas: 3\nimage: {tag: two}\n',
    'more/eu.yaml': 'zone: eu\n',
  };

  test('[HC-08 remote] [HC-07 generation] [HC-14 merged] are merged in their order into the chart, which gets a version of its own', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0', VALUES)]);
    const valuesFiles = ['values.yaml', 'prod.yaml', 'more/eu.yaml'];

    const done = await startChart(setting, 'values', museum.url, { chart: 'app', valuesFiles });

    expect(told(done)).toBe(
      "True ChartPackageSucceeded: packaged 'app' chart with version '1.0.0+1' and merged values files [values.yaml prod.yaml more/eu.yaml]",
    );
    expect(done.status.artifact).toMatchObject({
      revision: '1.0.0+1',
      path: `helmchart/${setting.namespace}/values/app-1.0.0+1.tgz`,
    });
    expect(done.status).not.toHaveProperty('observedValuesFiles');
    const stored = await storedChart(setting, done);
    for (const url of [done.status.artifact?.url ?? '', done.status.url ?? '']) {
      const served = await (await fetch(url)).arrayBuffer();
      expect(Buffer.compare(new Uint8Array(served), stored)).toBe(0);
    }
    const files = filesIn(stored);
    expect(files['app/Chart.yaml']).toContain('version: 1.0.0+1');
    expect(files['app/values.yaml']).toBe('image:\n  name: app\n  tag: two\nreplicas: 3\nzone: eu\n');
    const again = await visitChart(setting, 'values');
    expect(again.metadata.resourceVersion).toBe(done.metadata.resourceVersion);
  });

  test('[HC-08 default-only] nothing but values.yaml is nothing at all', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0', VALUES)]);
    const valuesFiles = ['./values.yaml'];

    const done = await startChart(setting, 'default-values', museum.url, { chart: 'app', valuesFiles });

    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.0.0'");
  });

  test('[HC-08 missing] [HC-12 values-files-error] [HC-08 ignore-missing] one that is not there stalls, unless that is to be ignored', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0', VALUES)]);
    const valuesFiles = ['prod.yaml', 'none.yaml'];
    const failed = await startChart(setting, 'missing-values', museum.url, { chart: 'app', valuesFiles });
    const message =
      "ValuesFilesError: values files merge error: failed to merge chart values: no values file found at path 'none.yaml'";
    expect(told(failed)).toContain(`False ${message}`);
    expect(told(failed, 'Stalled')).toContain(`True ${message}`);
    expect(told(failed, 'BuildFailed')).toContain(`True ${message}`);
    expect(failed.status.observedGeneration).toBe(1);

    await edit(setting.world, chartAt(setting, 'missing-values'), {
      spec: { ignoreMissingValuesFiles: true },
    });
    const done = await visitChart(setting, 'missing-values');

    expect(told(done)).toBe(
      "True ChartPackageSucceeded: packaged 'app' chart with version '1.0.0+2' and merged values files [prod.yaml]",
    );
    expect(done.status.observedValuesFiles).toEqual(['prod.yaml']);
    expect(condition(done, 'Stalled')).toBeUndefined();
    const same = await visitChart(setting, 'missing-values');
    expect(same.metadata.resourceVersion).toBe(done.metadata.resourceVersion);
  });
});

describe('a source', () => {
  test('[HC-13 no-artifact] [HC-13 unavailable] that is not there, or has nothing yet, is waited for', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    await create(setting.world, helmChart(setting, 'waits', { chart: 'app' }));
    const { name } = chartAt(setting, 'waits');
    const alone = await visitChart(setting, name);
    const unavailable = `failed to get source: HelmRepository.source.toolkit.fluxcd.io "waits" not found`;
    expect(told(alone, 'FetchFailed')).toBe(`True SourceUnavailable: ${unavailable}`);
    expect(told(alone, 'Reconciling')).toBe('True ProgressingWithRetry: building artifact');

    await create(setting.world, helmRepository(setting, 'waits', museum.url));
    const early = await visitChart(setting, name);
    const waiting = "no artifact available for HelmRepository source 'waits'";
    expect(told(early)).toBe(`False NoSourceArtifact: ${waiting}`);
    expect(early.status.observedGeneration).toBe(-1);
    expect(await newEvents(setting, chartAt(setting, name))).toEqual([
      `Warning SourceUnavailable: ${unavailable}`,
      `Normal NoSourceArtifact: ${waiting}`,
    ]);

    expect((await visits(helmAt(setting, 'waits'))).woken).toEqual(['source HelmChart/waits']);
    expect(told(await visitChart(setting, name))).toMatch(/^True ChartPullSucceeded/);
  });
});
