import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reconcile } from './drive.ts';
import { applierAt, configMap, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('remote-bases', async () => ({ settings: { remoteBases: true } }));
const { namespace } = setting;
const started = startsIn(setting);

let server: Server;
let served = '';
/** What the files' server was asked for. */
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/away.yaml') {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    } else response.end(served);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => server.close());

const files = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function dataOf(name: string): Promise<unknown> {
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  return (await setting.world.cluster.get(reference))?.data;
}

describe('a cluster that allows what is outside of a source', () => {
  test('[KS-29 remote] [KS-29 remote-moves] builds a base of another repository, and builds it anew when its branch moved', async () => {
    await publish(setting, 'bases', {
      'base/kustomization.yaml': 'resources: [../far/map.yaml]\n',
      'far/map.yaml': configMap(namespace, 'far', { a: 'one' }),
    });
    const url = `${setting.world.git.url}/bases.git//base?ref=main`;

    const first = await started('users', { 'kustomization.yaml': `resources: ["${url}"]\n` });
    expect(told(first)).toContain('True ReconciliationSucceeded');
    expect(await dataOf('far')).toEqual({ a: 'one' });

    await sync(setting, 'users');
    await publish(setting, 'bases', { 'far/map.yaml': configMap(namespace, 'far', { a: 'two' }) });
    await sync(setting, 'users');
    expect(await dataOf('far')).toEqual({ a: 'two' });
  });

  test('[KS-29 remote] [KS-29 remote-moves] builds a file behind a URL, and builds it anew when it changed', async () => {
    served = configMap(namespace, 'served', { a: 'one' });
    await started('urls', { 'kustomization.yaml': `resources: ["${files()}/map.yaml"]\n` });
    served = configMap(namespace, 'served', { a: 'two' });

    const done = await reconcile(setting.world, applierAt(setting, 'urls'));

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await dataOf('served')).toEqual({ a: 'two' });
    expect(asked.filter((path) => path === '/map.yaml').length).toBeGreaterThan(2);
  });

  test('[KS-29 remote] goes nowhere that the rule of egress forbids, also when it is sent there', async () => {
    const done = await started('away', { 'kustomization.yaml': `resources: ["${files()}/away.yaml"]\n` });

    expect(told(done)).toMatch(/^False BuildFailed: .*away\.yaml.*169\.254\.169\.254/);
    expect(asked).toContain('/away.yaml');
  });
});
