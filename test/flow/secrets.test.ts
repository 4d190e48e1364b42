import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type GitServer, startGitServer } from '../servers/git-http.ts';
import {
  create,
  edit,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  reconcile,
} from './drive.ts';
import { applierAt, configMap, publish, secretsIn, sourceAt, sync, told, useWorld } from './setting.ts';

const setting = useWorld('secrets');
const { namespace } = setting;
const secret = secretsIn(setting);

const PASSWORD = 'correct-horse-4711';
const WRONG = 'battery-staple-0815';
const TOKEN = 'tell-nobody-2342';
const VARIABLE = 'substituted-31337';
const BROKEN = 'unquoted: [31338';
const SECRETS = { PASSWORD, WRONG, TOKEN, VARIABLE, BROKEN };

const servers: { stop(): Promise<unknown> }[] = [];
let guarded: GitServer;
let bearer: GitServer;
let echoing: string;

beforeAll(async () => {
  const { gitRoot } = setting.world;
  guarded = await startGitServer(gitRoot, { username: 'ada', password: PASSWORD });
  bearer = await startGitServer(gitRoot, { bearerToken: TOKEN });
  const echo = echoServer();
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  echoing = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  servers.push(guarded, bearer, { stop: () => new Promise((resolve) => echo.close(resolve)) });
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** Says what it was sent in everything that it may say: reason, headers and a protocol error; a redirect at `/away`. */
function echoServer(): Server {
  return createServer((request, response) => {
    const { authorization = '', host } = request.headers;
    const [scheme, value = ''] = authorization.split(' ');
    const plain = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : value;
    if (request.url?.startsWith('/away')) {
      response.writeHead(302, { location: `http://${host}/${encodeURIComponent(plain)}/info/refs` }).end();
      return;
    }
    if (request.url?.startsWith('/denied')) {
      response.writeHead(500, plain, { 'x-sent': authorization }).end(`${authorization} is ${plain}`);
      return;
    }
    const line = `ERR you sent ${authorization}, which is ${plain}`;
    const size = (line.length + 4).toString(16).padStart(4, '0');
    response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
    response.end(`${size}${line}0000`);
  });
}

/** Every form in which a value may turn up. */
function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  const basic = Buffer.from(`ada:${value}`).toString('base64').replace(/=+$/, '');
  return [value, base64, basic, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
}

/** The places in which any of the secrets stands. */
function placesOf(places: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>) {
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries(values)
      .filter(([, value]) => formsOf(value).some((form) => text.includes(form)))
      .map(([name]) => `${name} in ${place}: ${text.slice(0, 300)}`),
  );
}

/** All that a run leaves anywhere: logs, events, Flux objects without their spec, the store and the queues' database. */
async function traces(): Promise<Readonly<Record<string, string>>> {
  const { cluster, runtime, stateDirectory } = setting.world;
  const list = async (apiVersion: string, kind: string) =>
    (await cluster.list({ apiVersion, kind, namespace })).items;
  const events = await list('v1', 'Event');
  const objects = [
    ...(await list(GIT_REPOSITORY.apiVersion, GIT_REPOSITORY.kind)),
    ...(await list(KUSTOMIZATION.apiVersion, KUSTOMIZATION.kind)),
  ];
  const stored: Record<string, string> = {};
  for await (const { key } of runtime.ports.store.list('')) {
    stored[key] = textOf((await runtime.ports.store.get(key))?.body ?? new Uint8Array());
  }
  const queues = readdirSync(stateDirectory).filter((name) => name.startsWith('queues.db'));
  return {
    ...Object.fromEntries(setting.log.entries.map((entry, index) => [`log ${index}`, JSON.stringify(entry)])),
    ...Object.fromEntries(events.map((event) => [`event ${event.metadata.name}`, JSON.stringify(event)])),
    ...Object.fromEntries(
      objects.map(({ kind, metadata, status }) => [
        `${kind} ${metadata.name}`,
        JSON.stringify([metadata.annotations, metadata.managedFields, status]),
      ]),
    ),
    ...stored,
    ...Object.fromEntries(queues.map((name) => [name, textOf(readFileSync(join(stateDirectory, name)))])),
  };
}

function textOf(bytes: Uint8Array): string {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return Buffer.from(isGzip ? gunzipSync(bytes) : bytes).toString('latin1');
}

async function source(name: string, url: string, secretName: string): Promise<string> {
  const spec = { url, secretRef: { name: secretName } };
  await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  return told(await reconcile(setting.world, sourceAt(setting, name)));
}

test('credentials of Git appear nowhere, whatever the server says', async () => {
  await publish(setting, 'guarded', { 'a.yaml': configMap(namespace, 'guarded', {}) });
  await secret('right', { username: 'ada', password: PASSWORD });
  await secret('wrong', { username: 'ada', password: WRONG });
  await secret('token', { bearerToken: TOKEN });

  expect(await source('right', `${guarded.url}/guarded.git`, 'right')).toMatch(/^True /);
  expect(await source('token', `${bearer.url}/guarded.git`, 'token')).toMatch(/^True /);
  expect(await source('wrong', `${guarded.url}/guarded.git`, 'wrong')).toMatch(/^False .*authentication/);
  const inUrl = guarded.url.replace('//', `//ada:${WRONG}@`);
  expect(await source('url', `${inUrl}/guarded.git`, 'empty')).toMatch(/^False /);
  for (const path of ['echo', 'denied', 'away']) {
    for (const name of ['right', 'token'])
      expect(await source(`${path}-${name}`, `${echoing}/${path}/x.git`, name)).toMatch(/^False /);
  }

  expect(placesOf(await traces(), SECRETS)).toEqual([]);
});

test('values of substituteFrom appear in what was asked for only', async () => {
  const [value, broken] = ['value', 'broken'].map((name) => `\${${name}}`);
  const hidden = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'made' } };
  await secret('variables', { value: VARIABLE, broken: BROKEN });
  await publish(setting, 'varies', {
    'a.yaml': JSON.stringify({ ...hidden, stringData: { value } }),
  });
  const { world } = setting;
  const substituteFrom = [{ kind: 'Secret', name: 'variables' }];
  await create(
    world,
    gitRepository(world, namespace, 'varies'),
    kustomization(namespace, 'varies', { postBuild: { substituteFrom } }),
  );
  expect(told(await sync(setting, 'varies'))).toMatch(/^True /);
  const made = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'made' };
  const read = async () => (await world.cluster.get(made)) as KubernetesObject & { data: { value: string } };
  expect(Buffer.from((await read()).data.value, 'base64').toString()).toBe(VARIABLE);

  await edit(world, made, { stringData: { value: WRONG } });
  expect(told(await reconcile(world, applierAt(setting, 'varies')))).toMatch(/^True /);
  expect(Buffer.from((await read()).data.value, 'base64').toString()).toBe(VARIABLE);

  const start = `apiVersion: v1\nkind: Secret\nmetadata: {name: made, namespace: ${namespace}}\n`;
  const refused: readonly (readonly [manifest: string, wording: RegExp])[] = [
    [`${start}immutable: maybe\nstringData: {value: "${value}"}\n`, /dry-run failed/],
    [`${start}data: {value: "${value}"}\n`, /dry-run failed.*base64/],
    [`${start}stringData:\n  value: ${broken}\n`, /^False BuildFailed/],
  ];
  for (const [manifest, wording] of refused) {
    await publish(setting, 'varies', { 'a.yaml': manifest });
    expect(told(await sync(setting, 'varies'))).toMatch(wording);
  }

  const left = await traces();
  const stored = Object.keys(left).map((place) => place.split('/')[0]);
  expect(stored).toEqual(
    expect.arrayContaining(['artifacts', 'baselines', 'blobs', 'clusters', 'queues.db']),
  );
  // What is packed and what is recorded is read in clear here: the search would see a value.
  expect(Object.values(left).filter((text) => text.includes(value ?? 'no'))).not.toEqual([]);
  expect(
    Object.values(left).filter((text) => text.includes(`${namespace}_made__Secret`)).length,
  ).toBeGreaterThan(1);
  expect(placesOf(left, SECRETS)).toEqual([]);
});

test("the cluster's own token is in its secret, and nowhere else", async () => {
  expect(setting.log.entries.length).toBeGreaterThan(10);
  expect(placesOf(await traces(), { own: inject('token') })).toEqual([]);
});
