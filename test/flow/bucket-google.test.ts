import { generateKeyPairSync, verify } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { sha256Hex } from '../../shared/core/digests.ts';
import type { Http, Identities, Ports } from '../../shared/ports.ts';
import { startCloudStub } from '../servers/cloud-stub.ts';
import { type GoogleObjectsOptions, googleEtag, startGoogleObjects } from '../servers/google-objects.ts';
import { BUCKET, bucketAt, secret } from './bucket.ts';
import { condition, create, type Reconciled, reconcile } from './drive.ts';
import { newEvents, told, useWorld } from './setting.ts';

const gate = { ObjectLevelWorkloadIdentity: true };
const setting = useWorld('bucket-google', async () => ({ settings: { featureGates: gate } }));
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
const ACCOUNT = {
  type: 'service_account',
  ...{ client_email: 'reader@acme.iam.gserviceaccount.com', private_key_id: 'k1', private_key: PEM },
};
const TREE = { 'a.yaml': 'a: 1\n', 'dir/ü & b+.yaml': 'b: 2\n' };
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
});

/** Google on loopback, and the way to it by Google's own name. */
async function google(options: Partial<GoogleObjectsOptions> = {}) {
  const objects = await startGoogleObjects({ bucket: 'apps', objects: { ...TREE }, ...options });
  stops.push(objects.stop);
  const real = createHttp({ loopback: true, privateRanges: true });
  const http: Http = {
    request: (request) =>
      real.request({
        ...request,
        url: request.url.replace(/^https:\/\/storage\.googleapis\.com\//, `${objects.url}/`),
      }),
  };
  return { objects, ports: { http: () => http } };
}

async function visited(name: string, spec: object, ports: Partial<Ports> = {}): Promise<Reconciled> {
  const { namespace, world } = setting;
  const common = { provider: 'gcp', bucketName: 'apps', endpoint: 'storage.googleapis.com', interval: '10m' };
  await create(world, { ...BUCKET, metadata: { namespace, name }, spec: { ...common, ...spec } });
  return reconcile(world, bucketAt(setting, name), { ports });
}

describe('a bucket of Google is read', () => {
  test('[BK-04 gcp] with the key of a service account, by one token, and again only when something changed', async () => {
    const oauth = await startCloudStub({ 'POST /token': () => [200, { access_token: 'of-the-key' }] });
    stops.push(oauth.stop);
    const { objects, ports } = await google({ token: 'of-the-key', page: 1 });
    const token_uri = `${oauth.url}/token`;
    const serviceaccount = JSON.stringify({ ...ACCOUNT, token_uri });
    await create(setting.world, secret(setting, 'key', { serviceaccount }));

    const done = await visited('by-key', { secretRef: { name: 'key' } }, ports);

    expect(told(done)).toMatch(/^True Succeeded: /);
    const lines = Object.entries(TREE).map(([key, body]) => `${key} ${googleEtag(body)}\n`);
    const { revision } = done.status.artifact as { revision: string };
    expect(revision).toBe(`sha256:${sha256Hex(lines.join(''))}`);
    expect(await newEvents(setting, bucketAt(setting, 'by-key'))).toContain(
      "Normal NewArtifact: stored artifact with 2 fetched files from 'apps' bucket",
    );
    expect(oauth.requests).toHaveLength(1);
    const form = new URLSearchParams(oauth.requests[0]?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = form.get('assertion')?.split('.') ?? [];
    const proof = Buffer.from(signature, 'base64url');
    expect(verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, proof)).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      ...{ iss: ACCOUNT.client_email, aud: token_uri },
      scope: 'https://www.googleapis.com/auth/devstorage.read_only',
    });

    objects.asked.length = 0;
    const again = await reconcile(setting.world, bucketAt(setting, 'by-key'), { ports });
    expect(again.metadata.resourceVersion).toBe(done.metadata.resourceVersion);
    expect(objects.asked.map((path) => path.split('?')[0])).toEqual([
      '/storage/v1/b/apps/o',
      '/storage/v1/b/apps/o',
    ]);
  });

  test('[BK-04 gcp] as the account of the object, wherever the endpoint points', async () => {
    const { ports } = await google({ token: 'of-the-account' });
    const asked: object[] = [];
    const googleToken: Identities['googleToken'] = async ({ serviceAccount, namespace }) => {
      asked.push({ serviceAccount, namespace });
      return { token: 'of-the-account', expiresAt: new Date(8.64e15) };
    };
    const lending = { ...ports, identities: { ...setting.world.runtime.ports.identities, googleToken } };
    const spec = { serviceAccountName: 'reader', endpoint: '169.254.169.254' };

    expect(told(await visited('by-account', spec, lending))).toMatch(/^True Succeeded: /);
    expect(asked[0]).toEqual({ serviceAccount: 'reader', namespace: 'bucket-google' });
  });

  test('[BK-04 gcp] as nobody, where everybody may, and below a prefix', async () => {
    const { objects, ports } = await google();

    expect(told(await visited('public', { prefix: 'dir/' }, ports))).toMatch(/^True Succeeded: /);
    expect(objects.asked[0]).toContain('prefix=dir%2F');
  });

  test('what changes while it is read is looked at again, and what vanishes is left out', async () => {
    const objects: Record<string, string> = { 'a.yaml': 'old', 'b.yaml': 'b', 'c.yaml': 'c' };
    const beforeMedia = (name: string): void => {
      if (name === 'a.yaml') objects[name] = 'new';
      if (name === 'b.yaml') delete objects[name];
    };
    const { ports } = await google({ objects, beforeMedia });

    const done = await visited('moving', {}, ports);

    const lines = `a.yaml ${googleEtag('new')}\nc.yaml ${googleEtag('c')}\n`;
    expect((done.status.artifact as { revision: string }).revision).toBe(`sha256:${sha256Hex(lines)}`);
  });
});

describe('trouble', () => {
  test.each<[string, Record<string, string>, string]>([
    ['nothing', { other: 'x' }, "required fields 'serviceaccount'"],
    ['text', { serviceaccount: 'secret-word' }, 'is not a JSON object'],
    ['person', { serviceaccount: '{"type":"authorized_user"}' }, 'is not the key of a service account'],
    [
      'no-key',
      { serviceaccount: JSON.stringify({ ...ACCOUNT, private_key: 'secret-word' }) },
      'is not an RSA key',
    ],
    [
      'no-uri',
      { serviceaccount: JSON.stringify({ ...ACCOUNT, token_uri: 'file:///x' }) },
      'is not the address of a server',
    ],
  ])('[BK-04 gcp-secrets] a Secret that cannot be used is told: %s', async (name, data, message) => {
    await create(setting.world, secret(setting, name, data));
    const failed = await visited(`with-${name}`, { secretRef: { name } });

    expect(told(failed)).toMatch(/^False AuthenticationFailed: invalid '.*' secret data: /);
    expect(told(failed)).toContain(message);
    expect(told(failed)).not.toContain('secret-word');
    expect(condition(failed, 'Stalled')).toBeUndefined();
  });

  test('[BK-10 not-found] a bucket that is not there', async () => {
    const { ports } = await google();

    expect(told(await visited('missing', { bucketName: 'nothing' }, ports))).toBe(
      "False BucketOperationFailed: bucket 'nothing' not found",
    );
  });

  test("who is refused is told in Google's words", async () => {
    const { ports } = await google({ token: 'x' });

    expect(told(await visited('refused', {}, ports))).toBe(
      "False BucketOperationFailed: failed to confirm existence of 'apps' bucket: Anonymous caller does not have storage.objects.list access",
    );
  });

  test('a name that no bucket has', async () => {
    const stalled = await visited('named', { bucketName: '../b/other' });

    expect(told(stalled, 'Stalled')).toMatch(/^True URLInvalid: '..\/b\/other' is not the name of a bucket/);
  });

  test('egress: tokens are asked of no address that the one rule forbids', async () => {
    const serviceaccount = JSON.stringify({ ...ACCOUNT, token_uri: 'http://169.254.169.254/token' });
    await create(setting.world, secret(setting, 'metadata', { serviceaccount }));
    const failed = await visited('egress', { secretRef: { name: 'metadata' } });

    expect(told(failed)).toContain('is not allowed: link-local or metadata address');
  });
});
