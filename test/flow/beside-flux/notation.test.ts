import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { Ports } from '../../../shared/ports.ts';
import { type NotationCase, notationVectors, serversOf } from '../../features/oci/vectors.ts';
import { type Flux, startFlux } from '../../servers/flux.ts';
import { FLUX, pushArtifact } from '../../servers/oci-push.ts';
import { startReferrersRegistry } from '../../servers/oci-server.ts';
import { secret } from '../bucket.ts';
import { condition, create, read, reconcile } from '../drive.ts';
import { ociAt, ociRepository, useServer } from '../oci.ts';
import { useOwnPlane } from '../own-plane.ts';
import { type Setting, told, useWorld } from '../setting.ts';

const own = useOwnPlane();
const ours = useWorld('beside-flux-notation', own.place);
const registry = useServer(startReferrersRegistry);
const scratch = mkdtempSync(join(tmpdir(), 'beside-flux-notation-'));
const theirs: Setting = {
  get world() {
    return ours.world;
  },
  namespace: 'notation-left-to-flux',
  log: ours.log,
  requests: ours.requests,
};
const SHARD = { 'sharding.fluxcd.io/key': 'flux' };
const PATIENCE_MS = 60_000;
const { artifact, layer, blobs, cases } = notationVectors();
const CASES = [
  'ocsp: good',
  'ocsp: revoked',
  'ocsp: nobody answers, strict',
  'ocsp: nobody answers, permissive',
  'both: no ocsp, the list has it',
  'changes: revoked since',
  'stamp: expired, stamped before',
  'stamp: expired, not stamped',
  'stamp: by a stranger',
  'stamper: ocsp revoked',
];
let flux: Flux | undefined;
let proxy: Server;
let current: NotationCase | undefined;

beforeAll(async () => {
  // The stock controller asks through what the environment says, and so finds servers that are nowhere.
  proxy = createServer((request, response) => {
    const begins = Object.entries(current?.answers ?? {});
    const found = begins.find(([begin]) => (request.url ?? '').startsWith(begin))?.[1];
    if (found === undefined) return response.writeHead(502).end();
    response.writeHead(found.status).end(Buffer.from(blobs[found.body] ?? '', 'base64'));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  await create(ours.world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: theirs.namespace } });
  const selector = '--watch-label-selector=sharding.fluxcd.io/key=flux';
  flux = await startFlux({
    dir: scratch,
    kubeconfigPath: own.plane.kubeconfigPath,
    flags: { 'source-controller': [selector], 'kustomize-controller': [selector] },
    env: { HTTP_PROXY: address, NO_PROXY: '127.0.0.1,localhost' },
  });
}, 240_000);

afterAll(async () => {
  await flux?.stop();
  proxy.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Puts the artifact with one signature into a repository of its own. */
async function publish(name: string, { mediaType, envelope }: NotationCase): Promise<void> {
  const to = { url: registry.server.url, repository: `org/${name}` };
  await pushArtifact(to, 'latest', [{ mediaType: FLUX.content, body: Buffer.from(layer, 'base64') }]);
  const artifactType = 'application/vnd.cncf.notary.signature';
  const options = {
    artifactType,
    subject: artifact,
    config: { mediaType: artifactType, body: Buffer.from('{}') },
  };
  await pushArtifact(
    to,
    undefined,
    [{ mediaType, body: Buffer.from(blobs[envelope] ?? '', 'base64') }],
    options,
  );
}

/** The Secret and the OCIRepository. */
function objectsOf(
  where: Setting,
  name: string,
  { policy, roots }: NotationCase,
): readonly KubernetesObject[] {
  const pems = roots.map((root) => new X509Certificate(Buffer.from(blobs[root] ?? '', 'base64')).toString());
  const stringData = {
    'trustpolicy.json': JSON.stringify(policy),
    ...Object.fromEntries(pems.map((pem, index) => [`${index}.crt`, pem])),
  };
  const verify = { provider: 'notation', secretRef: { name } };
  return [secret(where, name, stringData), ociRepository(registry, where, name, { verify })];
}

/** What the stock controller says of a signature: of the condition its status and reason, and whether it is taken. */
async function byFlux(name: string): Promise<readonly unknown[]> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await read(ours.world, ociAt(theirs, name));
    const ready = condition(found, 'Ready')?.status;
    const isAtRest = condition(found, 'Reconciling')?.reason !== 'Progressing';
    if ((ready === 'True' || ready === 'False') && isAtRest) return essence(found);
    if (Date.now() > deadline) throw new Error(`${name} is ${ready}`);
    await systemClock.sleep(100, AbortSignal.timeout(1000));
  }
}

function essence(found: Awaited<ReturnType<typeof read>>): readonly unknown[] {
  const { status, reason, message = '' } = condition(found, 'SourceVerified') ?? {};
  const begin =
    /^(verified signature of revision .*|failed to verify the signature using provider 'notation')/;
  return [
    status,
    reason,
    begin.exec(message)?.[0],
    condition(found, 'Ready')?.status,
    found.status.artifact?.revision,
  ];
}

test.for(CASES.map((name, index) => ({ name, index })))(
  '$name is what the stock source-controller makes of it',
  { timeout: 90_000 },
  async ({ name, index }) => {
    const one = cases.find((each) => each.name === name) as NotationCase;
    const called = `case-${index}`;
    await publish(called, one);
    current = one;
    const [theirSecret, theirSource] = objectsOf(theirs, called, one) as [KubernetesObject, KubernetesObject];
    await create(ours.world, theirSecret);
    const labelled = { ...theirSource.metadata, labels: SHARD };
    await create(ours.world, { ...theirSource, metadata: labelled });
    const stock = await byFlux(called);
    expect(stock[0]).toBe(one.verdict === 'verified' ? 'True' : 'False');

    await create(ours.world, ...objectsOf(ours, called, one));
    const http: Ports['http'] = (profile) => {
      const [real, answering] = [ours.world.runtime.ports.http(profile), serversOf(one, blobs).http];
      const isNowhere = (url: string): boolean => new URL(url).hostname.endsWith('.example');
      return { request: (request) => (isNowhere(request.url) ? answering : real).request(request) };
    };
    const done = await reconcile(ours.world, ociAt(ours, called), { ports: { http } });

    expect(essence(done), told(done, 'SourceVerified')).toEqual(stock);
  },
);
