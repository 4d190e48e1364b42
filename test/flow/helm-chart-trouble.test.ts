import { describe, expect, test } from 'vitest';
import { DEFAULT_CHART_LIMITS } from '../../shared/helm/chart/chart.ts';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { sendForEver, serve } from '../features/http/web-server.ts';
import { chartFiles, prefixed } from '../servers/helm.ts';
import { chartAt, helmChart, type Museum, openMuseum, startChart, visitChart } from './charts.ts';
import { condition, create, edit, gitRepository, reconcile } from './drive.ts';
import { helmAt } from './helm.ts';
import { newEvents, publish, type Setting, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('helm-chart-trouble');
const locked = useWorld('helm-chart-lockdown', async () => ({ settings: { profile: 'lockdown' } }));

/** A chart that is well at 1.0.0, of a range that takes what comes. */
async function good(name: string, where: Setting = setting): Promise<Museum> {
  const museum = await openMuseum([chartFiles('app', '1.0.0')]);
  const done = await startChart(where, name, museum.url, { chart: 'app', version: '1.x' });
  expect(told(done)).toMatch(/^True ChartPullSucceeded/);
  await newEvents(where, chartAt(where, name));
  return museum;
}

/** An index with a version 1.5.0 at that URL. */
function indexWith(url: string, ...more: readonly string[]): Uint8Array {
  const versions = [
    versionYaml('app', '1.5.0', [`urls: ["${url}"]`, ...more]),
    versionYaml('app', '1.0.0', ['urls: [app-1.0.0.tgz]']),
  ];
  return Buffer.from(indexYaml({ app: versions }));
}

/** What becomes of the chart when the index is another one; the last good chart has to stay. */
async function withIndex(name: string, museum: Museum, index: Uint8Array, where: Setting = setting) {
  const before = await visitChart(where, name);
  museum.files.set('/index.yaml', index);
  await reconcile(where.world, helmAt(where, name));
  const now = await visitChart(where, name);
  expect(now.status.artifact).toEqual(before.status.artifact);
  expect(condition(now, 'Ready')?.status).toBe('False');
  expect(condition(now, 'ArtifactInStorage')?.status).toBe('True');
  expect(condition(now, 'ArtifactOutdated')).toBeUndefined();
  return now;
}

describe('a chart that cannot be had', () => {
  test('[HC-12 pull] [HC-12 last-good] is tried again, while the last good one stays', async () => {
    const museum = await good('gone');
    const index = indexWith('app-1.5.0.tgz');

    const failed = await withIndex('gone', museum, index);

    const message = `chart pull error: failed to download chart for remote reference: failed to fetch ${museum.url}/app-1.5.0.tgz : 404 Not Found`;
    expect(told(failed, 'FetchFailed')).toBe(`True ChartPullError: ${message}`);
    expect(told(failed, 'Reconciling')).toBe('True ProgressingWithRetry: reconciliation in progress');
    expect(condition(failed, 'Stalled')).toBeUndefined();
    expect(await newEvents(setting, chartAt(setting, 'gone'))).toEqual([
      `Warning ChartPullError: ${message}`,
    ]);

    museum.files.set('/app-1.5.0.tgz', museum.files.get('/app-1.0.0.tgz') ?? new Uint8Array());
    const mended = await visitChart(setting, 'gone');
    expect(told(mended)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.5.0'");
    expect(condition(mended, 'FetchFailed')).toBeUndefined();
  });

  test('other bytes than the index tells are not taken', async () => {
    const museum = await good('changed');
    museum.files.set('/app-1.5.0.tgz', museum.files.get('/app-1.0.0.tgz') ?? new Uint8Array());

    const failed = await withIndex(
      'changed',
      museum,
      indexWith('app-1.5.0.tgz', `digest: ${'f'.repeat(64)}`),
    );

    expect(told(failed)).toMatch(
      /^False ChartPullError: .* while the index says f{64}: one of them was changed$/,
    );
  });

  test('[COM-30 chart-sizes] one without end is given up at 10 MiB', async () => {
    const museum = await good('endless');
    const url = await serve((_request, response) => sendForEver(response));

    const failed = await withIndex('endless', museum, indexWith(`${url}/app.tgz`));

    expect(told(failed)).toMatch(
      new RegExp(`^False ChartPullError: .*larger than ${DEFAULT_CHART_LIMITS.chartBytes} bytes`),
    );
  });

  test('one that never comes is given up after the timeout of its HelmRepository', async () => {
    const museum = await good('silent');
    await edit(setting.world, helmAt(setting, 'silent'), { spec: { timeout: '500ms' } });
    const url = await serve(() => {});

    const failed = await withIndex('silent', museum, indexWith(`${url}/app.tgz`));

    expect(told(failed)).toMatch(/^False ChartPullError: .* did not answer in time$/);
  });

  test('what is no chart, or is none of Helm, is not taken', async () => {
    const museum = await good('no-chart');
    museum.files.set('/app-1.5.0.tgz', Buffer.from('<html>'));

    const failed = await withIndex('no-chart', museum, indexWith('app-1.5.0.tgz'));

    expect(told(failed)).toMatch(/^False ChartPullError: chart pull error: /);
  });

  test('[HC-12 package] what is no chart cannot be packed with values, and is tried again', async () => {
    const museum = await good('no-package');
    museum.files.set('/index.yaml', indexWith('app-1.5.0.tgz'));
    museum.files.set('/app-1.5.0.tgz', Buffer.from('<html>'));
    await reconcile(setting.world, helmAt(setting, 'no-package'));
    const valuesFiles = ['./templates/x.yaml'];
    await edit(setting.world, chartAt(setting, 'no-package'), { spec: { valuesFiles } });

    const failed = await visitChart(setting, 'no-package');

    expect(told(failed, 'BuildFailed')).toMatch(
      /^True ChartPackageError: chart package error: failed to load downloaded chart: /,
    );
    expect(condition(failed, 'FetchFailed')).toBeUndefined();
    expect(condition(failed, 'Stalled')).toBeUndefined();
    expect(failed.status.artifact?.revision).toBe('1.0.0');
  });

  test('[HC-12 metadata] one whose version cannot carry the revision of its source stalls, and the last good one stays', async () => {
    const { namespace, world } = setting;
    await publish(setting, 'odd', prefixed('app', chartFiles('app', '1.0.0')));
    const source = { kind: 'GitRepository', name: 'odd' };
    const spec = { chart: 'app', reconcileStrategy: 'Revision' };
    await create(world, gitRepository(world, namespace, 'odd'), helmChart(setting, 'odd', spec, source));
    await reconcile(world, sourceAt(setting, 'odd'));
    const done = await visitChart(setting, 'odd');
    expect(told(done)).toMatch(/^True ChartPackageSucceeded/);
    const { artifact } = (await reconcile(world, sourceAt(setting, 'odd'))).status;
    await newEvents(setting, chartAt(setting, 'odd'));
    const claimed = { status: { artifact: { ...artifact, revision: 'main@sha1:no_hex' } } };
    const options = { fieldManager: 'person', subresource: 'status' } as const;
    await world.cluster.patch(sourceAt(setting, 'odd'), { merge: claimed }, options);

    const failed = await visitChart(setting, 'odd');

    const message =
      'chart metadata patch error: failed to set SemVer metadata on chart version: "no_hex" is none';
    expect(told(failed, 'BuildFailed')).toBe(`True MetadataPatchError: ${message}`);
    expect(told(failed)).toBe(`False MetadataPatchError: ${message}`);
    expect(told(failed, 'Stalled')).toBe(`True MetadataPatchError: ${message}`);
    expect(condition(failed, 'FetchFailed')).toBeUndefined();
    expect(condition(failed, 'Reconciling')).toBeUndefined();
    expect(failed.status.artifact).toEqual(done.status.artifact);
    expect(await newEvents(setting, chartAt(setting, 'odd'))).toEqual([
      `Warning MetadataPatchError: ${message}`,
    ]);

    await reconcile(world, sourceAt(setting, 'odd'));
    await world.cluster.patch(sourceAt(setting, 'odd'), { merge: { status: { artifact } } }, options);
    const mended = await visitChart(setting, 'odd');
    expect(told(mended)).toMatch(/^True ChartPackageSucceeded/);
    expect(condition(mended, 'Stalled')).toBeUndefined();
  });

  test.each([
    ['file', 'file:///etc/passwd', /'file:\/\/\/etc\/passwd' in the index is not a URL of http or https$/],
    ['metadata', 'http://169.254.169.254/app.tgz', /connecting to '169.254.169.254' is not allowed/],
  ])('an index that leads astray is not followed: %s', async (name, url, expected) => {
    const museum = await good(`astray-${name}`);

    const failed = await withIndex(`astray-${name}`, museum, indexWith(url));

    expect(told(failed)).toMatch(/^False ChartPullError: /);
    expect(told(failed)).toMatch(expected);
  });

  test('a redirect to the metadata service, or in lockdown to a private address, is not followed', async () => {
    const museum = await good('redirected');
    const answer = async (to: string): Promise<string> =>
      serve((_request, response) => response.writeHead(302, { location: to }).end());
    const metadata = await answer('http://169.254.169.254/latest');
    const failed = await withIndex('redirected', museum, indexWith(`${metadata}/app.tgz`));
    expect(told(failed)).toMatch(/connecting to '169.254.169.254' is not allowed/);

    const inside = await good('redirected', locked);
    const home = await answer('http://10.0.0.1/app.tgz');
    const refused = await withIndex('redirected', inside, indexWith(`${home}/app.tgz`), locked);
    expect(told(refused)).toMatch(/connecting to '10.0.0.1' is not allowed/);
  });

  test('[HC-13 authentication] one that wants other credentials is told so', async () => {
    const museum = await good('closed');
    const url = await serve((_request, response) => response.writeHead(401).end());

    const failed = await withIndex('closed', museum, indexWith(`${url}/app.tgz`));

    const problem = `failed to authenticate with the Helm repository: chart pull error: failed to download chart for remote reference: failed to fetch ${url}/app.tgz : 401 Unauthorized`;
    expect(told(failed, 'FetchFailed')).toBe(`True Unknown: unknown build error: ${problem}`);
    expect(await newEvents(setting, chartAt(setting, 'closed'))).toEqual([
      `Warning AuthenticationFailed: ${problem}`,
    ]);
  });
});

describe('a chart that is not there', () => {
  test('[HC-12 reference] [HC-03 nothing-found] stalls, and is looked for again when the index is new', async () => {
    const museum = await openMuseum([chartFiles('app', '1.0.0')]);
    const failed = await startChart(setting, 'absent', museum.url, { chart: 'app', version: '>=2' });
    const looked = 'invalid chart reference: failed to get chart version for remote reference';
    const message = `${looked}: no 'app' chart with version matching '>=2' found`;
    expect(told(failed)).toBe(`False InvalidChartReference: ${message}`);
    expect(told(failed, 'Stalled')).toBe(`True InvalidChartReference: ${message}`);
    expect(failed.status.observedGeneration).toBe(1);

    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: 'other' } });
    expect(told(await visitChart(setting, 'absent'))).toBe(
      `False InvalidChartReference: ${looked}: no chart name found`,
    );
    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: 'app', version: 'no range' } });
    expect(told(await visitChart(setting, 'absent'))).toBe(
      `False InvalidChartReference: ${looked}: improper constraint: "no range"`,
    );
    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: '../app' } });
    expect(told(await visitChart(setting, 'absent'))).toMatch(
      /^False InvalidChartReference: invalid chart reference: invalid chart name '\.\.\/app': /,
    );

    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: 'app', version: '>=2' } });
    expect(condition(await visitChart(setting, 'absent'), 'Stalled')?.status).toBe('True');
    await museum.publish(chartFiles('app', '2.0.0'));
    await reconcile(setting.world, helmAt(setting, 'absent'));
    const mended = await visitChart(setting, 'absent', { message: { reason: 'source' } });
    expect(told(mended)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '2.0.0'");
    expect(condition(mended, 'Stalled')).toBeUndefined();
  });
});

test('[HC-02 only-oci] a chart of an index cannot be verified', async () => {
  const museum = await openMuseum([chartFiles('app', '1.0.0')]);
  const failed = await startChart(setting, 'of-index', museum.url, {
    chart: 'app',
    verify: { provider: 'cosign' },
  });

  expect(told(failed)).toBe('False VerificationError: chart verification error: not implemented');
  expect(told(failed, 'BuildFailed')).toBe(
    'True ChartVerificationError: chart verification error: not implemented',
  );
});
