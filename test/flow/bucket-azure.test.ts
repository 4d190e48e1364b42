import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { sha256Hex } from '../../shared/core/digests.ts';
import type { Http, Identities, Ports } from '../../shared/ports.ts';
import { type AzureBlobsOptions, azureEtag, startAzureBlobs } from '../servers/azure-blobs.ts';
import { startCloudStub } from '../servers/cloud-stub.ts';
import { BUCKET, bucketAt, secret } from './bucket.ts';
import { condition, create, type Reconciled, reconcile } from './drive.ts';
import { newEvents, type Setting, told, useWorld } from './setting.ts';

const gate = { ObjectLevelWorkloadIdentity: true };
const setting = useWorld('bucket-azure', async () => ({ settings: { featureGates: gate } }));
const locked = useWorld('bucket-azure-locked', async () => ({ settings: { profile: 'lockdown' } }));
const HOST = 'acme.blob.core.windows.net';
const KEY = Buffer.from('an account key of thirty-two byte').toString('base64');
const TREE = { 'a.yaml': 'a: 1\n', 'dir/ü & <b>+.yaml': 'b: 2\n' };
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** Azure on loopback, and the way to it by Azure's own names. */
async function azure(options: Partial<AzureBlobsOptions>, others: Readonly<Record<string, string>> = {}) {
  const blobs = await startAzureBlobs({ container: 'apps', blobs: TREE, account: 'acme', ...options });
  stops.push(blobs.stop);
  const real = createHttp({ loopback: true, privateRanges: true });
  const places: Readonly<Record<string, string>> = { [HOST]: blobs.url, ...others };
  const http: Http = {
    async request(request) {
      const { host, origin } = new URL(request.url);
      return real.request({ ...request, url: request.url.replace(origin, places[host] ?? origin) });
    },
  };
  return { blobs, ports: { http: () => http } };
}

async function visited(
  name: string,
  spec: object,
  ports: Partial<Ports> = {},
  where: Setting = setting,
): Promise<Reconciled> {
  const { namespace, world } = where;
  const common = { provider: 'azure', bucketName: 'apps', endpoint: `https://${HOST}`, interval: '10m' };
  await create(world, { ...BUCKET, metadata: { namespace, name }, spec: { ...common, ...spec } });
  return reconcile(world, bucketAt(where, name), { ports });
}

const revisionOf = (tree: Readonly<Record<string, string>>): string =>
  `sha256:${sha256Hex(
    Object.entries(tree)
      .map(([key, body]) => `${key} "${azureEtag(body)}"\n`)
      .join(''),
  )}`;

describe('a container is read', () => {
  test('[BK-04 azure] [BK-05 azure-etags] with the key of the account, and again only when something changed', async () => {
    const { blobs, ports } = await azure({ key: KEY, page: 1 });
    await create(setting.world, secret(setting, 'key', { accountKey: KEY }));

    const done = await visited('by-key', { secretRef: { name: 'key' } }, ports);

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect((done.status.artifact as { revision: string }).revision).toBe(revisionOf(TREE));
    const reference = bucketAt(setting, 'by-key');
    expect(await newEvents(setting, reference)).toContain(
      "Normal NewArtifact: stored artifact with 2 fetched files from 'apps' bucket",
    );
    blobs.asked.length = 0;
    const again = await reconcile(setting.world, reference, { ports });
    expect(again.metadata.resourceVersion).toBe(done.metadata.resourceVersion);
    expect(blobs.asked.map((path) => path.split('?')[0])).toEqual(['/apps', '/apps']);
  });

  test('[BK-04 azure] with a shared access signature, which is told nowhere', async () => {
    const { blobs, ports } = await azure({ signature: 'a+b/c=' });
    await create(setting.world, secret(setting, 'sas', { sasKey: '?sv=2020-10-02&sp=rl&sig=a%2Bb%2Fc%3D' }));

    const done = await visited('by-sas', { secretRef: { name: 'sas' }, prefix: 'dir/' }, ports);

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(blobs.asked[0]).toContain('prefix=dir%2F');
    expect(JSON.stringify(done)).not.toMatch(/a\+b\/c|a%2Bb/);
  });

  test('[BK-04 azure] as an application, with one token of its authority', async () => {
    const entra = await startCloudStub({
      'POST /tenant/oauth2/v2.0/token': () => [200, { access_token: 'of-the-app', expires_in: 3599 }],
    });
    stops.push(entra.stop);
    const { ports } = await azure({ token: 'of-the-app' }, { 'login.example.com': entra.url });
    const application = { tenantId: 'tenant', clientId: 'client', clientSecret: 'secret-word' };
    const authorityHost = 'https://login.example.com/';
    await create(setting.world, secret(setting, 'app', { ...application, authorityHost }));

    expect(told(await visited('by-app', { secretRef: { name: 'app' } }, ports))).toMatch(/^True Succeeded: /);
    expect(entra.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: 'client',
        scope: 'https://storage.azure.com/.default',
        client_secret: 'secret-word',
      },
    ]);
  });

  test('[BK-04 azure] as the account of the object, at hosts of Azure only', async () => {
    const { ports } = await azure({ token: 'of-the-account' });
    const asked: object[] = [];
    const azureToken: Identities['azureToken'] = async ({ serviceAccount, scope, namespace }) => {
      asked.push({ serviceAccount, scope, namespace });
      return { token: 'of-the-account', expiresAt: new Date(8.64e15) };
    };
    const lending = { ...ports, identities: { ...setting.world.runtime.ports.identities, azureToken } };
    const spec = { serviceAccountName: 'reader' };

    expect(told(await visited('by-account', spec, lending))).toMatch(/^True Succeeded: /);
    const scope = 'https://storage.azure.com/.default';
    expect(asked[0]).toEqual({ serviceAccount: 'reader', scope, namespace: 'bucket-azure' });
    asked.length = 0;
    for (const [name, endpoint] of [
      ['suffix', `https://${HOST}.evil.example`],
      ['port', `https://${HOST}:8443`],
      ['plain', `http://${HOST}`],
    ]) {
      const stalled = await visited(`stranger-${name}`, { ...spec, endpoint }, lending);
      expect(told(stalled, 'Stalled')).toMatch(/^True AuthenticationFailed: .* gets no token of a service/);
    }
    expect(asked).toEqual([]);
  });

  test('[BK-04 azure] as nobody, where everybody may', async () => {
    const { ports } = await azure({ open: true });

    expect(told(await visited('public', {}, ports))).toMatch(/^True Succeeded: /);
  });
});

describe('trouble', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['nothing', { other: 'x' }, /requires a 'accountKey' or 'sasKey' field, or a combination of 'tenantId'/],
    ['machine', { clientId: 'c' }, /clientId alone means the identity of the machine/],
    ['no-key', { accountKey: 'not base64!' }, /accountKey is not in base64/],
    [
      'no-authority',
      { tenantId: 't', clientId: 'c', clientSecret: 's', authorityHost: 'http://x' },
      /authorityHost is not/,
    ],
    ['no-certificate', { tenantId: 't', clientId: 'c', clientCertificate: 'secret' }, /must be PEM/],
  ])('[BK-04 azure-secrets] a Secret that cannot be used is told: %s', async (name, data, message) => {
    await create(setting.world, secret(setting, name, data));
    const failed = await visited(`with-${name}`, { secretRef: { name } });

    expect(told(failed)).toMatch(/^False AuthenticationFailed: invalid '.*' secret data: /);
    expect(told(failed)).toMatch(message);
    expect(condition(failed, 'Stalled')).toBeUndefined();
  });

  test('[BK-04 azure] a key for a host that names no account', async () => {
    const failed = await visited('no-name', {
      secretRef: { name: 'key' },
      endpoint: 'https://azure.example',
    });

    expect(told(failed)).toContain("expected 'azure.example' to be a subdomain");
  });

  test('[BK-10 not-found] a container that is not there', async () => {
    const { ports } = await azure({ open: true });

    expect(told(await visited('missing', { bucketName: 'nothing' }, ports))).toBe(
      "False BucketOperationFailed: bucket 'nothing' not found",
    );
  });

  test('who is refused is told why that may be, in the same words each time', async () => {
    const { ports } = await azure({});
    const failed = await visited('refused', {}, ports);

    expect(told(failed)).toMatch(
      /^False BucketOperationFailed: failed to confirm existence of 'apps' bucket: the specified bucket name may be incorrect, .* access it: AuthenticationFailed: Words about AuthenticationFailed\.$/,
    );
  });

  test.each(['acme.blob.core.windows.net', 'ftp://acme.example', 'https://user:word@acme.example'])(
    'an endpoint that cannot be used: %s',
    async (endpoint) => {
      const name = `endpoint-${sha256Hex(endpoint).slice(0, 8)}`;

      expect(told(await visited(name, { endpoint }), 'Stalled')).toMatch(/^True URLInvalid: .* is not a URL/);
    },
  );
});

describe('egress', () => {
  test.each([
    ['metadata', { endpoint: 'http://169.254.169.254' }, setting, 'link-local or metadata address'],
    ['private', { endpoint: 'https://10.96.0.1' }, locked, 'private address'],
    ['authority', { secretRef: { name: 'metadata' } }, setting, 'link-local or metadata address'],
  ])('asks no address that the one rule forbids: %s', async (name, spec, where, why) => {
    const application = { tenantId: 't', clientId: 'c', clientSecret: 's' };
    const authorityHost = 'https://169.254.169.254';
    if (name === 'authority')
      await create(setting.world, secret(setting, 'metadata', { ...application, authorityHost }));

    expect(told(await visited(`egress-${name}`, spec, {}, where))).toContain(`is not allowed: ${why}`);
  });
});
