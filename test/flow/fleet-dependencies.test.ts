import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitRepository } from '../../shared/reconcile/git-repository/effects.ts';
import { helmRepository } from '../../shared/reconcile/helm-repository/effects.ts';
import { commit, createRepository, type GitServer, startGitServer } from '../servers/git-http.ts';
import { type ChartFiles, chartFiles, packCharts, prefixed } from '../servers/helm.ts';
import { pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { type Relay, startRelay } from '../servers/relay.ts';
import { blobPuts, chartsOf, inChart, messageOf, objectOf, readyOf, type Source } from './chart-fleet.ts';
import { type Museum, type MuseumOptions, openMuseum } from './charts.ts';
import { openFleet, type SourceStatus } from './many-clusters.ts';

/** Clusters of one deployment. */
const MANY = 100;
const CLUSTERS = Array.from({ length: MANY }, (_, index) => `cluster-${index}`);
const CHART = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

let registry: OciServer;
let git: GitServer;
const gitRoot = mkdtempSync(join(tmpdir(), 'fleet-dependencies-'));
const relays: Relay[] = [];

beforeAll(async () => {
  [registry, git] = await Promise.all([startRegistry({ basic: true }), startGitServer(gitRoot)]);
});
afterAll(async () => {
  for (const relay of relays) await relay.stop();
  await Promise.all([registry.stop(), git.stop()]);
  rmSync(gitRoot, { recursive: true, force: true });
});

/** Commits files that every cluster's GitRepository names. */
async function commitSource(name: string, files: ChartFiles): Promise<Source> {
  const repository = await createRepository(gitRoot, name);
  await commit(repository, files, 'first');
  const write = (path: string, text: string) => commit(repository, { [path]: text }, 'next');
  const spec = { url: `${git.url}/${name}.git`, ref: { branch: 'main' }, provider: 'generic' };
  const timing = { interval: '10m', timeout: '60s' };
  return { kind: 'GitRepository', fleet: openFleet(gitRepository, { spec: { ...spec, ...timing } }), write };
}

describe('dependencies of a chart that all clusters of a fleet have', () => {
  const login = (word: string) => ({ username: 'ada', password: word });
  const { username, password } = REGISTRY_USER;
  const basic = (user: string, word: string) => `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`;

  /** A chart of three dependencies: of an index with a login, of one that nobody keeps, and of a registry with a login. */
  async function openStage(name: string) {
    const guarded = await openMuseum([chartFiles('cache', '1.4.0'), chartFiles('cache', '2.0.0')], {
      allows: ({ headers }) => headers.authorization === basic('ada', 'word'),
    });
    const free = await openMuseum([chartFiles('queue', '3.0.0')], { answers: withEtag(() => free) });
    const relay = await startRelay(registry.url);
    relays.push(relay);
    const { packed } = await packCharts([chartFiles('db', '5.1.0')]);
    const to = { url: registry.url, repository: `${name}/db`, authorization: basic(username, password) };
    await pushArtifact(to, '5.1.0', [{ mediaType: CHART, body: packed[0]?.body ?? Buffer.alloc(0) }]);
    const oci = `oci://${relay.host}/${name}`;
    const needs = [
      `- {name: cache, version: 1.x, repository: "${guarded.url}"}`,
      `- {name: queue, version: ">=3", repository: "${free.url}"}`,
      `- {name: db, version: 5.1.0, repository: "${oci}"}`,
    ];
    const chart = `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n${needs.join('\n')}\n`;
    const files = {
      ...prefixed('app', chartFiles('app', '0.1.0', { 'Chart.yaml': chart })),
      'prod.yaml': 'a: 1\n',
    };
    const source = await commitSource(name, files);
    const words = new Map<string, string>();
    const secretsOf = (cluster: string) => ({
      index: login(words.get(cluster) ?? 'word'),
      registry: { username, password: words.get(`${cluster} registry`) ?? password },
    });
    const keeps = { url: guarded.url, interval: '10m', secretRef: { name: 'index' } };
    const indexes = openFleet(helmRepository, { spec: keeps }, secretsOf, { of: source.fleet });
    const charts = (more: object = {}) =>
      chartsOf(source, { chart: 'app', ...more }, secretsOf, (cluster) => [
        objectOf('HelmRepository', 'app', keeps, indexes.statusOf(cluster)),
        objectOf('HelmRepository', 'registry', {
          ...{ url: oci, type: 'oci', insecure: true, interval: '10m', secretRef: { name: 'registry' } },
        }),
      ]);
    const ready = async (cluster: string): Promise<void> => {
      await source.fleet.visit(cluster);
      await indexes.visit(cluster, {}, {});
    };
    return { guarded, free, relay, source, words, indexes, charts, ready };
  }

  const times = ({ asked }: Museum, line: string): number => asked.filter((one) => one === line).length;
  const pulls = ({ seen }: Relay, what: string, method = 'GET'): number =>
    seen.filter((one) => one.status === 200 && one.method === method && one.path.includes(what)).length;

  test('are fetched once for one build, each cluster asking the registry itself', async () => {
    const { guarded, free, relay, source, charts, ready } = await openStage('deps-once');
    await Promise.all(CLUSTERS.map(ready));
    source.fleet.puts.length = 0;
    const all = charts();

    const statuses = await Promise.all(CLUSTERS.map((cluster) => all.visit(cluster)));

    expect(statuses.map(readyOf)).toEqual(Array(MANY).fill('True ChartPackageSucceeded'));
    expect(new Set(statuses.map(({ artifact }) => artifact?.digest)).size).toBe(1);
    const inside = Object.keys(await inChart(all, statuses[0] as SourceStatus));
    for (const name of ['cache', 'queue', 'db']) expect(inside).toContain(`app/charts/${name}/Chart.yaml`);
    expect(times(guarded, 'GET /cache-1.4.0.tgz')).toBe(1);
    expect(times(free, 'GET /queue-3.0.0.tgz')).toBe(1);
    expect([times(free, 'HEAD /index.yaml'), times(free, 'GET /index.yaml')]).toEqual([MANY, 1]);
    expect([pulls(relay, '/manifests/'), pulls(relay, '/blobs/')]).toEqual([MANY, 1]);
    // The chart, its three dependencies and the index that nobody keeps.
    expect(blobPuts(all)).toHaveLength(5);
    expect(new Set(blobPuts(all)).size).toBe(5);
  });

  test('are fetched once for many builds, too', async () => {
    const { guarded, free, relay, charts, ready } = await openStage('deps-builds');
    const few = CLUSTERS.slice(0, 4);
    for (const cluster of few) await ready(cluster);

    const made = await Promise.all(
      few.map((cluster, index) =>
        charts(index % 2 === 0 ? {} : { valuesFiles: ['prod.yaml'] }).visit(cluster),
      ),
    );

    expect(made.map(readyOf)).toEqual(Array(4).fill('True ChartPackageSucceeded'));
    expect(new Set(made.map(({ artifact }) => artifact?.digest)).size).toBe(2);
    expect(times(guarded, 'GET /cache-1.4.0.tgz')).toBe(1);
    expect(times(free, 'GET /queue-3.0.0.tgz')).toBe(1);
    expect(pulls(relay, '/blobs/')).toBe(1);
  });

  test.each([
    ['index', 'stranger', /401 Unauthorized/],
    ['registry', 'stranger registry', /401/],
  ])('are nothing for one whom the %s refuses', async (name, word, message) => {
    const { source, words, charts, ready } = await openStage(`deps-refused-${name}`);
    await ready('cluster-0');
    expect(readyOf(await charts().visit('cluster-0'))).toMatch(/^True/);
    // It had the right ones while the index was fetched.
    await ready('stranger');
    words.set(word, 'guess');
    source.fleet.puts.length = 0;

    const refused = await charts().visit('stranger');

    expect(readyOf(refused)).toBe('False DependencyBuildError');
    expect(messageOf(refused)).toMatch(message);
    expect(refused.artifact).toBeUndefined();
    expect(blobPuts(source.fleet)).toEqual([]);
  });

  test('are those that their repository has now', async () => {
    const { free, charts, ready } = await openStage('deps-now');
    await ready('cluster-0');
    await ready('cluster-1');
    await charts().visit('cluster-0');

    await free.publish(chartFiles('queue', '3.1.0'));
    const next = await charts().visit('cluster-1');

    const inside = await inChart(charts(), next);
    expect(inside['app/charts/queue/Chart.yaml']).toContain('version: 3.1.0');
    expect(times(free, 'GET /index.yaml')).toBe(2);
  });
});

/** Tells of the index by its digest. */
function withEtag(museum: () => Museum): NonNullable<MuseumOptions['answers']> {
  return ({ url = '' }, response) => {
    const body = museum().files.get(url) ?? new Uint8Array();
    response.setHeader('etag', `"${createHash('sha256').update(body).digest('hex')}"`);
    return false;
  };
}
