import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { type Flux, startFlux } from '../../servers/flux.ts';
import { chartFiles, packCharts, pushChart } from '../../servers/helm.ts';
import { type OciServer, startRegistry } from '../../servers/oci-server.ts';
import { signWithKey } from '../../servers/oci-sign.ts';
import { bucket, secret, useS3 } from '../bucket.ts';
import { chartAt, helmChart, type ReconciledChart, storedChart, visitChart } from '../charts.ts';
import { condition, create, eventsOf, gitRepository, read, reconcile } from '../drive.ts';
import { helmRepository } from '../helm.ts';
import { useOwnPlane } from '../own-plane.ts';
import { publish, type Setting, useWorld } from '../setting.ts';
import { type LastingMuseum, openLastingMuseum } from './museum.ts';
import { gitFiles, MUSEUM, SCENARIOS, type Scenario } from './scenarios.ts';

const own = useOwnPlane();
const ours = useWorld('beside-flux', own.place);
const s3 = useS3(ours);
const scratch = mkdtempSync(join(tmpdir(), 'beside-flux-'));
/** The same world, in the namespace that Flux has. */
const theirs: Setting = {
  get world() {
    return ours.world;
  },
  namespace: 'left-to-flux',
  log: ours.log,
  requests: ours.requests,
};
const SHARD = { 'sharding.fluxcd.io/key': 'flux' };
const PATIENCE_MS = 120_000;
const PROOF = `Basic ${Buffer.from('ada:secret-word').toString('base64')}`;
const stops: (() => Promise<void>)[] = [];
let flux: Flux | undefined;

interface Places {
  readonly museum: LastingMuseum;
  readonly broken: LastingMuseum;
  readonly guarded: LastingMuseum;
  readonly elsewhere: LastingMuseum;
  readonly registry: OciServer;
  readonly authority: Authority;
  readonly keys: { readonly trusted: KeyObject; readonly foreign: KeyObject };
}

beforeAll(async () => {
  const places = await openPlaces();
  await publish(ours, 'charts', gitFiles(places.museum.url));
  const [archive] = (await packCharts([chartFiles('app', '2.0.0')])).packed;
  await s3.fill('archives', {});
  await s3.objects.put('archives', 'charts/app.tgz', new Uint8Array(archive?.body ?? []));
  await create(ours.world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: theirs.namespace } });
  flux = await startFlux({
    dir: scratch,
    kubeconfigPath: own.plane.kubeconfigPath,
    flags: {
      'source-controller': ['--watch-label-selector=sharding.fluxcd.io/key=flux'],
      'kustomize-controller': ['--watch-label-selector=sharding.fluxcd.io/key=flux'],
    },
  });
  await create(ours.world, ...sourcesIn(ours, places));
  await create(ours.world, ...sourcesIn(theirs, places).map(labelled));
  for (const { kind, metadata } of sourcesIn(ours, places))
    if (kind !== 'Secret')
      await reconcile(ours.world, { ...sourceOf(kind, metadata.name), namespace: ours.namespace });
  await until(async () => {
    const open = await unsettled(places);
    return open.length === 0 ? undefined : `not settled: ${open.join(', ')}`;
  });
  // From here on they answer otherwise than their indexes say.
  places.broken.files.delete('/app-1.0.0.tgz');
  const charts = (where: Setting): readonly KubernetesObject[] =>
    SCENARIOS.map(({ name, spec, source: [kind, source] }) =>
      helmChart(where, name, spec, { kind, name: source }),
    );
  await create(ours.world, ...charts(ours));
  await create(ours.world, ...charts(theirs).map(labelled));
}, 240_000);

afterAll(async () => {
  await flux?.stop();
  await Promise.all(stops.map((stop) => stop()));
  rmSync(scratch, { recursive: true, force: true });
});

async function openPlaces(): Promise<Places> {
  const authority = await createAuthority();
  const one = [chartFiles('app', '1.0.0')];
  const { certificate: cert, key } = authority.server;
  const museum = await openLastingMuseum(MUSEUM);
  const broken = await openLastingMuseum(one);
  const guarded = await openLastingMuseum(one, ({ headers }) => headers.authorization === PROOF, {
    cert,
    key,
  });
  const elsewhere = await openLastingMuseum(one, ({ url }) => url === '/index.yaml');
  const registry = await startQuietRegistry();
  stops.push(...[museum, broken, guarded, elsewhere, registry].map((place) => () => place.stop()));
  for (const version of ['1.0.0', '1.1.0+build.5', '1.2.0', '2.0.0-rc.1'])
    await pushChart(chartFiles('app', version), `oci://${registry.host}/charts`);
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [trusted, foreign] = [pair(), pair()];
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const head = await fetch(`${registry.url}/v2/charts/app/manifests/1.2.0`, { headers: { accept } });
  const digest = head.headers.get('docker-content-digest') ?? '';
  await signWithKey({ url: registry.url, repository: 'charts/app' }, digest, trusted.privateKey);
  const keys = { trusted: trusted.publicKey, foreign: foreign.publicKey };
  return { museum, broken, guarded, elsewhere, registry, authority, keys };
}

/** The stock controller takes any message with these figures in it, a port as well, for one of wrong credentials. */
async function startQuietRegistry(): Promise<OciServer> {
  for (;;) {
    const registry = await startRegistry();
    if (!registry.host.includes('401')) return registry;
    await registry.stop();
  }
}

function sourcesIn(where: Setting, places: Places): readonly KubernetesObject[] {
  const { museum, broken, guarded, elsewhere, registry, authority, keys } = places;
  const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
  const withSecrets = { secretRef: { name: 'pair' }, certSecretRef: { name: 'ca' } };
  const { accessKeyId, secretAccessKey } = s3.server.access.credentials;
  const s3Keys = secret(where, 's3-keys', { accesskey: accessKeyId, secretkey: secretAccessKey });
  return [
    ...(where === ours ? [] : [s3Keys]),
    secret(where, 'pair', { username: 'ada', password: 'secret-word' }),
    secret(where, 'ca', { 'ca.crt': authority.ca }),
    secret(where, 'trusted', { 'cosign.pub': pem(keys.trusted) }),
    secret(where, 'foreign', { 'cosign.pub': pem(keys.foreign) }),
    secret(where, 'no-keys', { 'notes.txt': 'none' }),
    helmRepository(where, 'museum', museum.url),
    helmRepository(where, 'broken', broken.url),
    helmRepository(where, 'guarded', guarded.url, withSecrets),
    helmRepository(where, 'elsewhere', elsewhere.url),
    helmRepository(where, 'empty', `${museum.url}/nothing-here`),
    helmRepository(where, 'registry', `oci://${registry.host}/charts`, { type: 'oci', insecure: true }),
    helmRepository(where, 'folders', `oci://${registry.host}`, { type: 'oci', insecure: true }),
    gitRepository(ours.world, where.namespace, 'charts'),
    bucket(s3, where, 'archives'),
  ];
}

function labelled(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, labels: SHARD } };
}

function sourceOf(kind: string, name: string) {
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind, name };
}

/** Asks again and again until nothing is open any more. */
async function until(open: () => Promise<string | undefined>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let left = await open(); left !== undefined; left = await open()) {
    if (Date.now() > deadline) throw new Error(left);
    await systemClock.sleep(200, AbortSignal.timeout(1000));
  }
}

/** The sources that Flux has not answered for yet. */
async function unsettled(places: Places): Promise<readonly string[]> {
  const sources = sourcesIn(theirs, places).filter(({ kind }) => kind !== 'Secret');
  const open = sources.map(async ({ kind, metadata: { name } }) => {
    if (name === 'registry' || name === 'folders') return [];
    const found = await read(ours.world, { ...sourceOf(kind, name), namespace: theirs.namespace });
    const wanted = name === 'empty' ? 'False' : 'True';
    return condition(found, 'Ready')?.status === wanted ? [] : [name];
  });
  return (await Promise.all(open)).flat();
}

/** What Flux makes of a chart, seen when it has come to an end or says why not: what it tries again goes to and fro. */
async function byFlux(name: string): Promise<ReconciledChart> {
  let seen: ReconciledChart | undefined;
  await until(async () => {
    const found = (await read(ours.world, chartAt(theirs, name))) as ReconciledChart;
    const state = condition(found, 'Ready')?.status;
    const isAtRest = condition(found, 'Reconciling')?.reason !== 'Progressing';
    // It writes the conditions first, and what else there is to say then.
    const isOver = state === 'True' || condition(found, 'Stalled')?.status === 'True';
    const isWhole = !isOver || found.status.observedGeneration === found.metadata.generation;
    // Its events come after its status.
    const isTold = (await eventsIn(theirs, name)).length > 0;
    if (isTold && isAtRest && isWhole && (state === 'True' || state === 'False')) seen = found;
    return seen === undefined ? `${name} is ${state}` : undefined;
  });
  return seen as ReconciledChart;
}

/** A message without its namespace, and where the rest differs by design its first words only. */
function cut(message: string, { namespace }: Setting, upTo: string | undefined): string {
  const said = message.replaceAll(`${namespace}/`, 'NS/');
  const at = upTo === undefined ? -1 : said.indexOf(upTo);
  return at === -1 ? said : `${said.slice(0, at)}${upTo}...`;
}

/** What is compared of a status. */
function essence({ status }: ReconciledChart, where: Setting, upTo?: string): object {
  const { artifact, observedChartName, observedValuesFiles, observedGeneration } = status;
  const conditions = status.conditions.map(
    ({ type, status: state, reason, message }) => `${type} ${state} ${reason}: ${cut(message, where, upTo)}`,
  );
  return {
    ...{ revision: artifact?.revision, observedChartName, observedValuesFiles, observedGeneration },
    file: artifact?.path.split('/').slice(3).join('/'),
    conditions: conditions.sort(),
  };
}

/** What was told of a chart, each once; that a run found what was there is told by the stock controller only. */
async function eventsIn(where: Setting, name: string, upTo?: string): Promise<readonly string[]> {
  const told = await eventsOf(where.world, chartAt(where, name));
  const all = told.map((event) => cut(event, where, upTo));
  return [...new Set(all)].filter((event) => !event.includes(' ArtifactUpToDate: ')).sort();
}

function treeOf(archive: Uint8Array): Readonly<Record<string, string>> {
  const files = [...readTarGz(archive, DEFAULT_LIMITS)].map(
    ([path, body]) => [path, Buffer.from(body).toString()] as const,
  );
  return Object.fromEntries(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test.for(SCENARIOS)(
  '$name is what the stock source-controller makes of it',
  { timeout: 150_000 },
  async (scenario: Scenario) => {
    const { name, upTo } = scenario;
    const stock = await byFlux(name);

    const sluice = await visitChart(ours, name);

    expect(essence(sluice, ours, upTo)).toEqual(essence(stock, theirs, upTo));
    expect(await eventsIn(ours, name, upTo)).toEqual(await eventsIn(theirs, name, upTo));
    const { artifact } = stock.status;
    if (artifact === undefined) return;
    const archive = readFileSync(join(scratch, 'storage', artifact.path));
    expect(treeOf(await storedChart(ours, sluice))).toEqual(treeOf(archive));
  },
);
