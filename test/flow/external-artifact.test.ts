import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { create, kustomization, type Reconciled, reconcile } from './drive.ts';
import { applierAt, configMap, startsIn, told, useWorld } from './setting.ts';

const EXTERNAL = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'ExternalArtifact' } as const;
const setting = useWorld('external', async () => ({
  settings: { featureGates: { ExternalArtifact: true } },
}));
const { namespace } = setting;

let server: Server;
/** What is served, by path. */
const served = new Map<string, Buffer>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const found = served.get(request.url ?? '');
    if (request.url === '/away.tar.gz')
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else if (request.url === '/broken.tar.gz') response.writeHead(500).end('a stack trace');
    else response.writeHead(found ? 200 : 404).end(found);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => server.close());

/** What any tar makes of files: what other people's controllers serve. */
function packed(files: Readonly<Record<string, string>>): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'external-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return execFileSync('tar', ['-czf', '-', '-C', dir, '.']);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const digestOf = (bytes: Buffer, algorithm = 'sha256') =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

/** What another controller writes about an artifact of its own. */
async function advertise(
  name: string,
  revision: string,
  digest: string,
  changes: object = {},
): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const { cluster } = setting.world;
  const artifact = {
    ...{ path: `made/${name}.tar.gz`, url: `http://127.0.0.1:${port}/${name}.tar.gz`, revision, digest },
    ...{ lastUpdateTime: '2026-03-01T12:00:00Z', ...changes },
  };
  const reference = { ...EXTERNAL, namespace, name };
  if ((await cluster.get(reference)) === undefined) {
    await cluster.create({ ...EXTERNAL, metadata: { namespace, name }, spec: {} }, { fieldManager: 'maker' });
  }
  const status = { artifact };
  await cluster.patch(reference, { merge: { status } }, { fieldManager: 'maker', subresource: 'status' });
}

/** Serves files as an artifact and says so. */
async function make(name: string, revision: string, files: Readonly<Record<string, string>>): Promise<void> {
  const bytes = packed(files);
  served.set(`/${name}.tar.gz`, bytes);
  await advertise(name, revision, digestOf(bytes));
}

async function applied(name: string, spec: object = {}): Promise<Reconciled> {
  const sourceRef = { kind: EXTERNAL.kind, name };
  await create(setting.world, kustomization(namespace, name, { sourceRef, ...spec }));
  return reconcile(setting.world, applierAt(setting, name));
}

async function dataOf(name: string): Promise<unknown> {
  return (await setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }))?.data;
}

describe('an artifact that somebody else keeps', () => {
  test('[KS-01 external] [KS-18 external-artifact] is fetched, built and applied, and the next one, too', async () => {
    const files = (a: string) => ({ 'app/map.yaml': configMap(namespace, 'made', { a }) });
    await make('made', 'latest@sha256:1', files('one'));

    const done = await applied('made', { path: './app' });

    expect(told(done)).toBe('True ReconciliationSucceeded: Applied revision: latest@sha256:1');
    expect(await dataOf('made')).toEqual({ a: 'one' });
    await make('made', 'latest@sha256:2', files('two'));
    await reconcile(setting.world, applierAt(setting, 'made'));
    expect(await dataOf('made')).toEqual({ a: 'two' });
  });

  test('[KS-01 external] [EA-03 digest] may be named by a longer digest', async () => {
    const bytes = packed({ 'map.yaml': configMap(namespace, 'longer', { a: '1' }) });
    served.set('/longer.tar.gz', bytes);
    await advertise('longer', 'v1', digestOf(bytes, 'sha512'));

    expect(told(await applied('longer'))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-04 artifact-gone] that is not there is waited for', async () => {
    await advertise('nowhere', 'v1', digestOf(Buffer.from('')));

    expect(told(await applied('nowhere'))).toBe(
      'False ArtifactFailed: Source is not ready, artifact not found, retrying in 30s',
    );
  });

  const other = digestOf(Buffer.from('other'));
  test.each([
    ['swapped', other, /computed digest doesn't match 'sha256:/],
    ['broken', other, /the server answered 500$/],
    ['away', other, /169\.254\.169\.254.*has to be served where Sluice can reach it/],
    ['sha1', `sha1:${'a'.repeat(40)}`, /its digest is not one of sha256, sha384, sha512/],
  ])(
    '[KS-07 artifact-failed] [EA-03 digest] that cannot be believed or reached is refused: %s',
    async (name, digest, why) => {
      if (name !== 'broken' && name !== 'away') served.set(`/${name}.tar.gz`, packed({ 'a.yaml': '' }));
      await advertise(name, 'v1', digest);

      const ready = told(await applied(name));

      expect(ready).toContain(
        `False ArtifactFailed: failed to download the artifact of ExternalArtifact/${namespace}/${name}: `,
      );
      expect(ready).toMatch(why);
      expect(ready).not.toContain('stack trace');
    },
  );

  test("is nobody else's: what a source of this store has is not given to who only knows its digest", async () => {
    await startsIn(setting)('private', { 'a.yaml': configMap(namespace, 'private', { a: 'secret' }) });
    const found = await reconcile(setting.world, {
      ...EXTERNAL,
      kind: 'GitRepository',
      namespace,
      name: 'private',
    });
    const { digest = '', path } = found.status.artifact ?? {};
    await advertise('thief', 'v1', digest, { path });

    expect(told(await applied('thief', { targetNamespace: namespace }))).toContain('artifact not found');
  });
});
