import { describe, expect, test } from 'vitest';
import { due } from '../../shared/reconcile/due.ts';
import { type ChartFiles, chartFiles, packCharts, prefixed, pushChart } from '../servers/helm.ts';
import { startRegistry } from '../servers/oci-server.ts';
import { bucket, bucketAt, secret, useS3 } from './bucket.ts';
import {
  chartAt,
  filesIn,
  helmChart,
  openMuseum,
  type ReconciledChart,
  storedChart,
  visitChart,
} from './charts.ts';
import { condition, create, edit, gitRepository, reconcile } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import { useServer } from './oci.ts';
import { newEvents, publish, sourceAt, told, useWorld, visitsIn } from './setting.ts';

const setting = useWorld('helm-chart-source');
const visits = visitsIn(setting);
const s3 = useS3(setting);
const registry = useServer(() => startRegistry());
const { namespace } = setting;

/** A GitRepository with these files and a HelmChart of one name. */
async function startIn(name: string, files: ChartFiles, spec: object): Promise<ReconciledChart> {
  const { world } = setting;
  await publish(setting, name, files);
  const kind = { kind: 'GitRepository', name };
  await create(world, gitRepository(world, namespace, name), helmChart(setting, name, spec, kind));
  await reconcile(world, sourceAt(setting, name));
  return visitChart(setting, name);
}

/** A Chart.yaml with dependencies, each as `name version repository` and what else it has. */
function dependingOn(...dependencies: readonly string[]): string {
  const items = dependencies.map((dependency) => {
    const [name, version, repository, ...more] = dependency.split(' ');
    return `- name: ${name}\n  version: "${version}"\n  repository: "${repository}"\n${more.map((one) => `  ${one.replace('=', ': ')}\n`).join('')}`;
  });
  return `apiVersion: v2\nname: umbrella\nversion: 0.1.0\ndependencies:\n${items.join('')}`;
}

describe('a chart in a source', () => {
  test('[HC-01 path] [HC-06 file] [HC-14 merged] of a folder is packed under its own version, and kept while that is the same', async () => {
    const files = { ...prefixed('charts/app', chartFiles('app', '0.3.0')), 'other/readme.md': 'x' };

    const done = await startIn('folder', files, { chart: './charts/app/', version: '9.x' });

    expect(told(done)).toBe("True ChartPackageSucceeded: packaged 'app' chart with version '0.3.0'");
    expect(done.status.artifact).toMatchObject({
      revision: '0.3.0',
      path: `helmchart/${namespace}/folder/app-0.3.0.tgz`,
    });
    const source = await reconcile(setting.world, sourceAt(setting, 'folder'));
    expect(done.status.observedSourceArtifactRevision).toBe(source.status.artifact?.revision);
    expect(Object.keys(filesIn(await storedChart(setting, done))).sort()).toEqual([
      'app/Chart.yaml',
      'app/templates/config.yaml',
      'app/values.yaml',
    ]);

    await publish(setting, 'folder', { 'charts/app/values.yaml': 'replicas: 9\n' });
    const { woken } = await visits(sourceAt(setting, 'folder'));
    expect(woken).toContain('source HelmChart/folder');
    const same = await visitChart(setting, 'folder');
    expect(same.status.artifact).toEqual(done.status.artifact);
    expect(same.status.observedSourceArtifactRevision).not.toBe(done.status.observedSourceArtifactRevision);
  });

  test('[HC-16 source] [HC-07 revision] with strategy Revision each revision makes another version', async () => {
    const files = prefixed('app', chartFiles('app', '0.3.0'));
    const reconcileStrategy = 'Revision';
    const done = await startIn('revisions', files, { chart: 'app', reconcileStrategy });
    const first = (await reconcile(setting.world, sourceAt(setting, 'revisions'))).status.artifact?.revision;
    const hex = first?.split(':')[1] ?? '';
    expect(done.status.artifact?.revision).toBe(`0.3.0+${hex.slice(0, 12)}`);

    const commit = await publish(setting, 'revisions', { 'app/values.yaml': 'replicas: 9\n' });
    expect((await visits(sourceAt(setting, 'revisions'))).woken).toEqual(['source HelmChart/revisions']);
    const next = await visitChart(setting, 'revisions');
    expect(next.status.artifact?.revision).toBe(`0.3.0+${commit.slice(0, 12)}`);
    expect(filesIn(await storedChart(setting, next))['app/values.yaml']).toBe('replicas: 9\n');
    await edit(setting.world, chartAt(setting, 'revisions'), { spec: { valuesFiles: ['app/values.yaml'] } });
    const valued = await visitChart(setting, 'revisions');
    expect(valued.status.artifact?.revision).toBe(`0.3.0+${commit.slice(0, 12)}.2`);
  });

  test('[HC-08 local] values files lie anywhere in the source', async () => {
    const files = {
      ...prefixed('app', chartFiles('app', '1.0.0')),
      'env/prod.yaml': 'replicas: 5\n',
      'env/eu.yaml': 'zone: eu\n',
    };
    const valuesFiles = ['app/values.yaml', 'env/prod.yaml', 'env/eu.yaml'];

    const done = await startIn('values', files, { chart: 'app', valuesFiles });

    expect(told(done)).toBe(
      "True ChartPackageSucceeded: packaged 'app' chart with version '1.0.0+1' and merged values files [app/values.yaml env/prod.yaml env/eu.yaml]",
    );
    expect(filesIn(await storedChart(setting, done))['app/values.yaml']).toBe(
      'image:\n  tag: one\nreplicas: 5\nzone: eu\n',
    );
    await edit(setting.world, chartAt(setting, 'values'), { spec: { valuesFiles: ['../../etc/passwd'] } });
    expect(told(await visitChart(setting, 'values'))).toContain(
      "False ValuesFilesError: values files merge error: no values file found at path '../../etc/passwd'",
    );
    await edit(setting.world, chartAt(setting, 'values'), {
      spec: { valuesFiles: ['values.yaml', 'x.yaml'] },
    });
    expect(told(await visitChart(setting, 'values'))).toContain("no values file found at path 'values.yaml'");
  });

  test('[HC-14 pulled] of an archive in a Bucket is taken as it is', async () => {
    const { packed } = await packCharts([chartFiles('app', '2.0.0')]);
    const [archive] = packed;
    await s3.fill('archives', {});
    await s3.objects.put('archives', 'charts/app.tgz', new Uint8Array(archive?.body ?? []));
    const source = { kind: 'Bucket', name: 'archives' };
    await create(
      setting.world,
      bucket(s3, setting, 'archives'),
      helmChart(setting, 'archives', { chart: 'charts/app.tgz' }, source),
    );
    await reconcile(setting.world, bucketAt(setting, 'archives'));

    const done = await visitChart(setting, 'archives');

    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '2.0.0'");
    expect(Buffer.compare(await storedChart(setting, done), archive?.body ?? Buffer.alloc(0))).toBe(0);

    await edit(setting.world, chartAt(setting, 'archives'), { spec: { reconcileStrategy: 'Revision' } });
    const revised = await visitChart(setting, 'archives');
    const { revision = '' } =
      (await reconcile(setting.world, bucketAt(setting, 'archives'))).status.artifact ?? {};
    expect(revised.status.artifact?.revision).toBe(`2.0.0+${revision.split(':')[1]?.slice(0, 12)}`);
  });

  test('[HC-12 reference] [HC-16 lost] that is not where the spec says stalls, and is looked for in the next revision', async () => {
    const failed = await startIn('nowhere', { 'readme.md': 'x' }, { chart: 'app' });
    expect(told(failed)).toMatch(/^False InvalidChartReference: invalid chart reference: /);
    expect(told(failed, 'Stalled')).toMatch(/^True InvalidChartReference/);
    await edit(setting.world, chartAt(setting, 'nowhere'), { spec: { chart: '/etc' } });
    expect(told(await visitChart(setting, 'nowhere'))).toContain(
      'local chart reference path is expected to be relative',
    );
    await edit(setting.world, chartAt(setting, 'nowhere'), { spec: { chart: 'app' } });
    const stalled = await visitChart(setting, 'nowhere');

    await publish(setting, 'nowhere', prefixed('app', chartFiles('app', '1.0.0')));
    const source = await reconcile(setting.world, sourceAt(setting, 'nowhere'));

    const to = Date.now() + 60_000;
    const timing = { interval: 600_000 };
    const neighbours = { source } as unknown as Parameters<typeof due>[1];
    // What was sent when the source was done may be lost.
    expect(due({ ...stalled, spec: {} } as never, neighbours, timing, { from: to - 120_000, to })).toBe(
      'source',
    );
    expect(told(await visitChart(setting, 'nowhere'))).toMatch(/^True ChartPackageSucceeded/);
  });
});

describe('dependencies', () => {
  test('[HC-09 file] [HC-09 http] [HC-09 oci] [HC-09 credentials] [HC-14 dependencies] that are missing are added, each as whom its HelmRepository says', async () => {
    const proof = `Basic ${Buffer.from('ada:secret-word').toString('base64')}`;
    const museum = await openMuseum([chartFiles('cache', '1.4.0'), chartFiles('cache', '2.0.0')], {
      allows: ({ headers }) => headers.authorization === proof,
    });
    const open = await openMuseum([chartFiles('queue', '3.0.0')]);
    await pushChart(chartFiles('db', '5.1.0'), `oci://${registry.server.host}/deps`);
    await create(
      setting.world,
      secret(setting, 'museum', { username: 'ada', password: 'secret-word' }),
      helmRepository(setting, 'museum', `${museum.url}/`, { secretRef: { name: 'museum' } }),
      helmRepository(setting, 'registry', `oci://${registry.server.host}/deps`, {
        type: 'oci',
        insecure: true,
      }),
    );
    await reconcile(setting.world, helmAt(setting, 'museum'));
    const chart = dependingOn(
      'common 1.x file://../common alias=shared',
      `cache 1.x ${museum.url}`,
      `queue >=3 ${open.url}`,
      `db 5.1.0 oci://${registry.server.host}/deps`,
    );
    const files = {
      ...prefixed('umbrella', chartFiles('umbrella', '0.1.0', { 'Chart.yaml': chart })),
      ...prefixed('common', chartFiles('common', '1.9.0')),
    };

    const done = await startIn('umbrella', files, { chart: 'umbrella' });

    expect(told(done)).toBe("True ChartPackageSucceeded: packaged 'umbrella' chart with version '0.1.0'");
    const inside = filesIn(await storedChart(setting, done));
    const versions = ['shared', 'cache', 'queue', 'db'].map(
      (name) => /^version: (.*)$/m.exec(inside[`umbrella/charts/${name}/Chart.yaml`] ?? '')?.[1],
    );
    expect(versions).toEqual(['1.9.0', '1.4.0', '3.0.0', '5.1.0']);
    expect(await newEvents(setting, chartAt(setting, 'umbrella'))).toEqual([
      "Normal ChartPackageSucceeded: packaged 'umbrella' chart with version '0.1.0'",
      'Normal ResolvedDependencies: resolved 4 chart dependencies',
    ]);
  });

  test('[HC-09 http] from several repositories ask for the index of each once, in any order', async () => {
    const open = (name: string) =>
      openMuseum([chartFiles(`${name}-one`, '1.0.0'), chartFiles(`${name}-two`, '1.0.0')]);
    const museums = [await open('a'), await open('b'), await open('c')] as const;
    const [a, b, c] = museums.map(({ url }) => url);
    const chart = dependingOn(
      ...[`a-one 1.x ${a}`, `b-one 1.x ${b}`, `c-one 1.x ${c}`],
      ...[`a-two 1.x ${a}`, `b-two 1.x ${b}`, `c-two 1.x ${c}`],
    );
    const files = prefixed('mixed', chartFiles('mixed', '0.1.0', { 'Chart.yaml': chart }));

    const done = await startIn('mixed', files, { chart: 'mixed' });

    expect(told(done)).toContain('True ChartPackageSucceeded');
    const names = Object.keys(filesIn(await storedChart(setting, done)))
      .map((path) => /^umbrella\/charts\/([^/]+)\/Chart.yaml$/.exec(path)?.[1])
      .filter((name) => name !== undefined);
    expect(names).toEqual(['a-one', 'b-one', 'c-one', 'a-two', 'b-two', 'c-two']);
    const indexes = museums.map(({ asked }) => asked.filter((one) => one === 'GET /index.yaml').length);
    expect(indexes).toEqual([1, 1, 1]);
  });

  test('[HC-09 lock] [HC-09 alias] [HC-12 dependency] a lock decides; what cannot be had is told by name, and tried again', async () => {
    const museum = await openMuseum([chartFiles('cache', '1.4.0'), chartFiles('cache', '1.5.0')]);
    const chart = dependingOn(`cache 1.x ${museum.url}`);
    const lock = `dependencies:\n- name: cache\n  repository: ${museum.url}\n  version: 1.4.0\ndigest: sha256:x\ngenerated: "2024-01-02T03:04:05Z"\n`;
    const files = prefixed(
      'umbrella',
      chartFiles('umbrella', '0.1.0', { 'Chart.yaml': chart, 'Chart.lock': lock }),
    );
    const locked = await startIn('locked', files, { chart: 'umbrella' });
    expect(filesIn(await storedChart(setting, locked))['umbrella/charts/cache/Chart.yaml']).toContain(
      '1.4.0',
    );

    const failing = async (dependency: string): Promise<string> => {
      const { url } = museum;
      const files = { 'umbrella/Chart.yaml': dependingOn(dependency.replace('URL', url)) };
      await publish(setting, 'missing', files);
      await reconcile(setting.world, sourceAt(setting, 'missing'));
      return told(await visitChart(setting, 'missing'), 'BuildFailed');
    };
    const good = prefixed('umbrella', chartFiles('umbrella', '0.1.0'));
    await startIn('missing', good, { chart: 'umbrella', reconcileStrategy: 'Revision' });
    const failed = 'True DependencyBuildError: dependency build error: failed to add';
    expect(await failing('cache 9.x URL')).toBe(
      `${failed} remote dependency 'cache': failed to get chart 'cache' version '9.x' from '${museum.url}': no 'cache' chart with version matching '9.x' found`,
    );
    expect(await failing('none 1.x file://../none')).toBe(
      `${failed} local dependency 'none': no chart found at '/none' (reference 'file://../none')`,
    );
    expect(await failing('cache 1.x @museum')).toContain(
      `${failed} remote dependency 'cache': aliased repository dependency is not supported: @museum`,
    );
    expect(await failing('cache 1.x http://169.254.169.254/charts')).toContain(
      "connecting to '169.254.169.254' is not allowed",
    );
    const now = await visitChart(setting, 'missing');
    expect(condition(now, 'Stalled')).toBeUndefined();
    expect(now.status.artifact?.revision).toMatch(/^0\.1\.0\+/);
    expect(condition(now, 'Ready')?.reason).toBe('DependencyBuildError');
  });

  test("an index that a status only claims is not read: it may be somebody else's", async () => {
    const theirs = await openMuseum([chartFiles('hidden', '1.0.0')]);
    const other = await openMuseum([chartFiles('open', '1.0.0')]);
    await create(
      setting.world,
      helmRepository(setting, 'theirs', theirs.url),
      helmRepository(setting, 'forged', other.url),
    );
    const { artifact } = (await reconcile(setting.world, helmAt(setting, 'theirs'))).status;
    const merge = { status: { artifact } };
    const options = { fieldManager: 'person', subresource: 'status' } as const;
    await setting.world.cluster.patch(helmAt(setting, 'forged'), { merge }, options);
    const files = prefixed(
      'umbrella',
      chartFiles('umbrella', '0.1.0', { 'Chart.yaml': dependingOn(`hidden 1.x ${other.url}`) }),
    );

    const failed = await startIn('forging', files, { chart: 'umbrella' });

    expect(told(failed)).toContain(`from '${other.url}': no chart name found`);
    const source = { kind: 'HelmRepository', name: 'forged' };
    await create(setting.world, helmChart(setting, 'forged', { chart: 'hidden' }, source));
    expect(told(await visitChart(setting, 'forged'))).toBe(
      "False NoSourceArtifact: no artifact available for HelmRepository source 'forged'",
    );
  });
});
