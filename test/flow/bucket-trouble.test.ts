import { describe, expect, test } from 'vitest';
import { bucket, bucketAt, secret, useS3 } from './bucket.ts';
import { condition, create, type Reconciled, reconcile } from './drive.ts';
import { watchedHttp } from './oci.ts';
import { keepingQueues, newEvents, type Setting, told, useWorld } from './setting.ts';

const setting = useWorld('bucket-trouble');
const locked = useWorld('bucket-locked', async () => ({ settings: { profile: 'lockdown' } }));
const s3 = useS3(setting);
const { namespace } = setting;

async function visited(name: string, spec: object = {}, where: Setting = setting): Promise<Reconciled> {
  await create(where.world, bucket(s3, where, name, spec));
  return reconcile(where.world, bucketAt(where, name));
}

describe('trouble with the bucket', () => {
  test('[BK-10 operation-failed] [BK-10 not-found] a bucket that is not there is told, once, and asked for again', async () => {
    const { queues, woken } = keepingQueues();
    await create(setting.world, bucket(s3, setting, 'missing'));
    const reference = bucketAt(setting, 'missing');

    const failed = await reconcile(setting.world, reference, { ports: { queues } });
    await reconcile(setting.world, reference, { ports: { queues } });

    const message = "bucket 'missing' not found";
    expect(told(failed)).toBe(`False BucketOperationFailed: ${message}`);
    expect(told(failed, 'FetchFailed')).toBe(`True BucketOperationFailed: ${message}`);
    expect(condition(failed, 'Reconciling')?.reason).toBe('ProgressingWithRetry');
    expect(woken()).toContain('later Bucket/missing in 1s');
    expect(await newEvents(setting, reference)).toEqual([`Warning BucketOperationFailed: ${message}`]);

    await s3.fill('missing', { 'a.yaml': 'a' });
    expect(told(await reconcile(setting.world, reference))).toMatch(/^True Succeeded: /);
  });

  test('keys that are refused are told in the words of the server, without the keys', async () => {
    await s3.fill('guarded', { 'a.yaml': 'a' });
    const wrong = { accesskey: 'sluice', secretkey: 'wrong-secret-key' };
    await create(setting.world, secret(setting, 'wrong', wrong));

    const failed = await visited('guarded', { secretRef: { name: 'wrong' } });

    expect(told(failed)).toMatch(
      /^False BucketOperationFailed: failed to confirm existence of 'guarded' bucket: ./,
    );
    expect(JSON.stringify(failed.status)).not.toContain('wrong-secret-key');
  });

  test('[BK-04 anonymous] without keys it is asked as nobody, and says so', async () => {
    await s3.fill('private', { 'a.yaml': 'a' });

    const { http, asked } = watchedHttp(setting);
    await create(setting.world, bucket(s3, setting, 'private', { secretRef: null }));

    const failed = await reconcile(setting.world, bucketAt(setting, 'private'), { ports: { http } });

    expect(told(failed)).toMatch(
      /^False BucketOperationFailed: failed to confirm existence of 'private' bucket: Access Denied/,
    );
    expect(asked.map(({ headers = {} }) => Object.keys(headers).includes('authorization'))).toEqual([false]);
  });

  test('[BK-01 timeout] a server that does not answer is left after the timeout', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };

    const failed = await visited('silent', { endpoint: `127.0.0.1:${port}`, timeout: '1s' });
    silent.close();

    expect(told(failed)).toMatch(/^False BucketOperationFailed: .*did not answer in time/);
  });

  test.each([
    ['a file and its folder', ['a', 'a/b'], /cannot both be files/],
    ['a name that is too long', [`${'x'.repeat(256)}/y`], /more than 255 bytes/],
  ])('keys that cannot be files keep the artifact that was: %s', async (what, keys, message) => {
    const name = what.replaceAll(' ', '-');
    await s3.fill(name, { 'good.yaml': 'a' });
    const before = await visited(name);
    const odd = await oddListing(name, keys);

    const failed = await reconcile(setting.world, bucketAt(setting, name), { ports: { http: () => odd } });

    expect(told(failed)).toMatch(/^False BucketOperationFailed: fetch from bucket /);
    expect(told(failed)).toMatch(message);
    expect(failed.status.artifact).toEqual(before.status.artifact);
    expect(condition(failed, 'ArtifactInStorage')?.status).toBe('True');
  });
});

/** The server, but for a listing of keys that a file system under it could not hold. */
async function oddListing(name: string, keys: readonly string[]) {
  const real = setting.world.runtime.ports.http('flux');
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><ETag>e</ETag></Contents>`).join('');
  const body = Buffer.from(`<ListBucketResult>${contents}</ListBucketResult>`);
  return {
    request: async (request: Parameters<typeof real.request>[0]) =>
      request.url.includes(`/${name}/?`) ? { ...(await real.request(request)), body } : real.request(request),
  };
}

describe('Secrets', () => {
  test('[BK-10 authentication-failed] that are not there are told', async () => {
    const failed = await visited('no-secret', { secretRef: { name: 'gone' } });

    const message = `failed to get secret '${namespace}/gone': secrets "gone" not found`;
    expect(told(failed)).toBe(`False AuthenticationFailed: ${message}`);
    expect(condition(failed, 'Stalled')).toBeUndefined();
  });

  test('[BK-04 missing-keys] without both keys are told', async () => {
    await create(setting.world, secret(setting, 'half', { accesskey: 'a' }));

    const failed = await visited('half-keys', { secretRef: { name: 'half' } });

    const message = "invalid 'half' secret data: required fields 'accesskey' and 'secretkey'";
    expect(told(failed)).toBe(`False AuthenticationFailed: ${message}`);
  });

  test.each([
    ['nothing-in-it', {}, "must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'"],
    ['certificate-alone', { 'tls.crt': 'x' }, "'tls.crt' and 'tls.key' must be set together"],
  ])('of certSecretRef that cannot be used are told: %s', async (name, data, message) => {
    await create(setting.world, secret(setting, name, data));

    const failed = await visited(name, { certSecretRef: { name } });

    expect(told(failed)).toMatch(/^False AuthenticationFailed: failed to get TLS config: /);
    expect(told(failed)).toContain(message);
  });
});

describe('what cannot be read stalls and says so', () => {
  test('[BK-04 aws-chain] aws without a Secret and without a registered identity', async () => {
    const stalled = await visited('aws-chain', { provider: 'aws', secretRef: null });

    expect(told(stalled, 'Stalled')).toMatch(
      /^True AuthenticationFailed: AWS authentication failed: .*has no AWS identity; name a service account/,
    );
  });

  test('[BK-04 keys] aws with a Secret is read with its keys', async () => {
    await s3.fill('aws-keys', { 'a.yaml': 'a' });

    expect(told(await visited('aws-keys', { provider: 'aws' }))).toMatch(/^True Succeeded: /);
  });

  test('an endpoint that is a URL', async () => {
    const stalled = await visited('a-url', { endpoint: 'https://s3.example.com' });

    expect(told(stalled, 'Stalled')).toMatch(
      /^True URLInvalid: endpoint 'https:\/\/s3\.example\.com' is not a host/,
    );
  });

  test('an interval that no duration is', async () => {
    const object = await visited('interval', { timeout: '999999999999999m' });

    expect(told(object, 'Stalled')).toMatch(/^True InvalidSpec: spec\.timeout is invalid/);
  });
});

describe('egress', () => {
  test.each([
    ['metadata', '169.254.169.254'],
    ['metadata-port', '169.254.169.254:80'],
    ['link-local', '[fe80::1]:80'],
  ])('never reaches a metadata or link-local address: %s %s', async (name, endpoint) => {
    const failed = await visited(name, { endpoint });

    expect(told(failed)).toMatch(
      /^False BucketOperationFailed: .*is not allowed: link-local or metadata address/,
    );
  });

  test('reaches no private address in a cluster that is locked down', async () => {
    const spec = { endpoint: '10.96.0.1:9000', secretRef: null };

    expect(told(await visited('private', spec, locked))).toContain('is not allowed: private address');
  });
});
