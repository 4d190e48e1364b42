import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  condition,
  create,
  edit,
  gitRepository,
  kustomization,
  type Reconciled,
  reconcile,
} from './drive.ts';
import {
  applierAt,
  configMap,
  newEvents,
  publish,
  type Setting,
  sourceAt,
  sync,
  told,
  useWorld,
} from './setting.ts';

const open = useWorld('egress-flux');
const locked = useWorld('egress-lockdown', async () => ({ settings: { profile: 'lockdown' } }));

async function visited(setting: Setting, name: string, url: string, spec: object = {}): Promise<Reconciled> {
  const { world, namespace } = setting;
  await create(world, gitRepository(world, namespace, name, { url, ...spec }));
  return reconcile(world, sourceAt(setting, name));
}

/** A server on loopback that sends everybody on to `target`. */
async function redirectingTo(target: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(302, { location: target }).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const METADATA: readonly [name: string, host: string][] = [
  ['aws', '169.254.169.254'],
  ['ecs', '169.254.170.2'],
  ['decimal', '2852039166'],
  ['hex', '0xa9fea9fe'],
  ['mapped', '[::ffff:169.254.169.254]'],
  ['nat64', '[64:ff9b::a9fe:a9fe]'],
  ['six', '[fd00:ec2::254]'],
  ['link-local', '[fe80::1]'],
  ['azure', '168.63.129.16'],
];

const PRIVATE: readonly [name: string, host: string][] = [
  ['ten', '10.96.0.1'],
  ['seventeen', '172.16.0.1'],
  ['home', '192.168.1.1'],
  ['carrier', '100.64.0.1'],
  ['unique-local', '[fd12:3456::1]'],
];

function expectDenied(object: Reconciled, verdict: string): void {
  expect(condition(object, 'FetchFailed')).toMatchObject({ status: 'True', reason: 'GitOperationFailed' });
  expect(told(object, 'FetchFailed')).toMatch(/connecting to '[^']+' is not allowed: /);
  expect(told(object, 'FetchFailed')).toContain(`is not allowed: ${verdict}`);
  expect(told(object)).toBe(told(object, 'FetchFailed').replace('True', 'False'));
  expect(object.status.artifact).toBeUndefined();
}

describe.each([
  ['flux', open],
  ['lockdown', locked],
] as const)('a GitRepository in profile %s', (_profile, setting) => {
  test.each(METADATA)('never reaches a metadata or link-local address: %s %s', async (name, host) => {
    const object = await visited(setting, `meta-${name}`, `http://${host}/latest/x.git`);

    expectDenied(object, 'link-local or metadata address');
    expect(await newEvents(setting, sourceAt(setting, `meta-${name}`))).toEqual([
      told(object).replace('False', 'Warning'),
    ]);
  });

  test('does not reach it behind a user name, nor by a redirect', async () => {
    const behind = await visited(setting, 'userinfo', 'http://github.com@169.254.169.254/x.git');
    expectDenied(behind, 'link-local or metadata address');

    const url = `${await redirectingTo('http://169.254.169.254/latest/meta-data/')}/x.git`;
    expectDenied(await visited(setting, 'redirected', url), 'link-local or metadata address');
  });
});

describe('private addresses', () => {
  test.each(PRIVATE)('are refused when locked down: %s %s', async (name, host) => {
    expectDenied(await visited(locked, name, `https://${host}/x.git`), 'private address');
  });

  test('are refused when locked down, by a redirect too', async () => {
    const url = `${await redirectingTo('http://10.96.0.1/x.git')}/x.git`;

    expectDenied(await visited(locked, 'redirected-inside', url), 'private address');
  });

  test("are a platform team's own matter otherwise", async () => {
    const object = await visited(open, 'inside', 'https://10.255.255.1/x.git', { timeout: '1s' });

    expect(told(object, 'FetchFailed')).toMatch(/^True GitOperationFailed: /);
    expect(told(object)).not.toContain('not allowed');
  });
});

describe('a cluster that is locked down', () => {
  test('[COM-24 cross-namespace] [COM-24 access-denied] [KS-05 access-denied] gives no source to another namespace', async () => {
    const { world, namespace } = locked;
    await publish(locked, 'theirs', { 'a.yaml': configMap('default', 'theirs', {}) });
    await create(world, gitRepository(world, namespace, 'theirs'));
    await reconcile(world, sourceAt(locked, 'theirs'));
    const reference = { ...applierAt(locked, 'thief'), namespace: 'default' };
    const sourceRef = { kind: 'GitRepository', name: 'theirs', namespace };
    await create(world, kustomization('default', 'thief', { sourceRef }));
    locked.requests.length = 0;

    const denied = await reconcile(world, reference);

    const message = `can't access 'GitRepository/${namespace}/theirs', cross-namespace references have been blocked`;
    expect(told(denied)).toBe(`False AccessDenied: ${message}`);
    expect(told(denied, 'Stalled')).toBe(`True AccessDenied: ${message}`);
    expect(locked.requests.filter(({ path }) => path.includes('/gitrepositories/theirs'))).toEqual([]);
    await world.cluster.delete(reference);
    await expect(reconcile(world, reference)).rejects.toThrow('is not there');
  });

  test('[COM-24 default-account] [KS-100 default-account] applies as the default account, which may do nothing', async () => {
    const { world, namespace } = locked;
    await publish(locked, 'rightless', { 'a.yaml': configMap(namespace, 'rightless', {}) });
    await create(world, gitRepository(world, namespace, 'rightless'), kustomization(namespace, 'rightless'));

    const failed = await sync(locked, 'rightless');

    expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
    expect(told(failed)).toContain(`User "system:serviceaccount:${namespace}:default" cannot`);
    await edit(world, applierAt(locked, 'rightless'), { spec: { suspend: true } });
  });
});
