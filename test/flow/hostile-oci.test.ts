import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sendForEver } from '../features/http/web-server.ts';
import { entry, type TarWishes, tarGz } from '../features/oci/tar.ts';
import { create, type Reconciled, reconcile } from './drive.ts';
import { expectKept } from './hostile/kept.ts';
import { type OddAnswer, type OddRegistry, startOddRegistry, zeros } from './hostile/odd-registry.ts';
import { ociAt, ociRepository } from './oci.ts';
import { type Setting, told, useWorld } from './setting.ts';

const setting = useWorld('hostile-oci');
const locked = useWorld('hostile-oci-locked', async () => ({ settings: { profile: 'lockdown' } }));
const UNPACK = 'OCIArtifactLayerOperationFailed: failed to extract layer contents from artifact: ';
const LAYER = 'OCIArtifactLayerOperationFailed: ';
const PULL = 'OCIArtifactPullFailed: ';

let objects = 0;

/** A registry that turns bad after a good run. */
async function turnsBad(
  goesWrong: (registry: OddRegistry) => void,
  { where = setting, spec = {} }: { readonly where?: Setting; readonly spec?: object } = {},
): Promise<{ readonly good: Reconciled; readonly bad: Reconciled; readonly registry: OddRegistry }> {
  objects += 1;
  const name = `odd-${objects}`;
  const server = await startOddRegistry();
  const object = ociRepository({ server: { ...server, stop: async () => undefined } }, where, name, spec);
  await create(where.world, object);
  const reference = ociAt(where, name);
  const good = await reconcile(where.world, reference);
  expect(told(good)).toMatch(/^True Succeeded/);
  goesWrong(server);
  return { good, bad: await reconcile(where.world, reference), registry: server };
}

const starting = (text: string): RegExp => new RegExp(`^True ${text}`);

describe('an artifact that turns bad leaves the last good one, advertised and served', () => {
  test.each<[title: string, wishes: TarWishes, wording: RegExp]>([
    ['a hard link', { name: 'x', type: '1', target: 'good.yaml' }, /entry 'x' is a link or a device/],
    ['a device', { name: 'x', type: '3' }, /entry 'x' is a link or a device/],
    ['a pipe', { name: 'x', type: '6' }, /entry 'x' is a link or a device/],
    ['an absolute name', { name: '/etc/passwd', body: 'x' }, /\/etc\/passwd/],
    ['a name that leaves the root', { name: 'a/../../x', body: 'x' }, /a\/\.\.\/\.\.\/x/],
  ])('%s in its layer', async (_title, wishes, wording) => {
    const { good, bad } = await turnsBad(({ push }) => push(tarGz({ name: 'a', body: 'a' }, wishes)));

    await expectKept(bad, good, starting(UNPACK));
    expect(told(bad)).toMatch(wording);
  });

  test('a million entries in its layer', async () => {
    const thousand = gzipSync(
      Buffer.concat(Array.from({ length: 1000 }, (_, n) => entry({ name: `f${n}` }))),
    );
    const million = Buffer.concat(Array.from({ length: 1000 }, () => thousand));

    const { good, bad } = await turnsBad(({ push }) => push(million));

    await expectKept(
      bad,
      good,
      starting(`${UNPACK}the archive has more than (200000 entries|268435456 bytes)`),
    );
  });

  test('10 GB of zeros in its layer, and a good one afterwards', async () => {
    const { good, bad, registry } = await turnsBad(({ push }) => push(zeros()));

    await expectKept(bad, good, starting(`${UNPACK}the archive has more than 268435456 bytes`));
    registry.push(tarGz({ name: 'b.yaml', body: 'b: 1\n' }));
    const well = await reconcile(setting.world, ociAt(setting, bad.metadata.name));
    expect(told(well)).toMatch(/^True Succeeded/);
    expect(well.status.artifact?.digest).not.toBe(good.status.artifact?.digest);
  });
});

const blobs =
  (answer: (response: Parameters<OddAnswer>[1]) => void): OddAnswer =>
  (what, response) => {
    if (what === 'manifests') return false;
    answer(response);
    return true;
  };

const redirecting = (location: string): OddAnswer =>
  blobs((response) => response.writeHead(307, { location }).end());

describe('a registry that turns bad leaves the last good artifact, advertised and served', () => {
  const next = tarGz({ name: 'next.yaml', body: 'a: 2\n' });
  const turning =
    (odd: OddAnswer) =>
    ({ push, turn }: OddRegistry): void => {
      push(next);
      turn(odd);
    };

  test('when other bytes come for the digest of the layer', async () => {
    const other = Buffer.from(next);
    other.writeUInt8((other.at(-1) ?? 0) ^ 1, other.length - 1);

    const { good, bad } = await turnsBad(turning(blobs((response) => response.end(other))));

    await expectKept(bad, good, starting(`${LAYER}.*has digest sha256:[0-9a-f]{64}, not sha256:`));
  });

  test('when the manifest is another than its digest says', async () => {
    const odd: OddAnswer = (what, response, { method }) => {
      if (what === 'blobs' || method === 'HEAD') return false;
      response.end('{"schemaVersion":2,"layers":[]}');
      return true;
    };

    const { good, bad } = await turnsBad(turning(odd));

    await expectKept(bad, good, starting(`${PULL}.*has digest sha256:[0-9a-f]{64}, not sha256:`));
  });

  test('when the layer never ends', async () => {
    const { good, bad } = await turnsBad(turning(blobs(sendForEver)));

    await expectKept(bad, good, starting(`${LAYER}.*larger than \\d+ bytes`));
  });

  test('when the manifest never ends', async () => {
    const odd: OddAnswer = (what, response, { method }) => {
      if (what === 'blobs' || method === 'HEAD') return false;
      sendForEver(response);
      return true;
    };

    const { good, bad } = await turnsBad(turning(odd));

    await expectKept(bad, good, starting(`${PULL}.*larger than \\d+ bytes`));
  });

  test('when nothing comes any more', async () => {
    const { good, bad } = await turnsBad(
      turning(() => true),
      { spec: { timeout: '1s' } },
    );

    await expectKept(bad, good, starting(`${PULL}.*did not answer in time`));
  });

  test('when it sends us to a metadata address', async () => {
    const { good, bad } = await turnsBad(turning(redirecting('http://169.254.169.254/latest/meta-data/')));

    await expectKept(bad, good, starting(`${LAYER}.*is not allowed: link-local or metadata address`));
  });

  test('when it sends us to a private address, in a cluster that is locked down', async () => {
    const { good, bad } = await turnsBad(turning(redirecting('http://10.96.0.1/blob')), { where: locked });

    await expectKept(bad, good, starting(`${LAYER}.*is not allowed: private address`));
  });
});
