import { describe, expect, test } from 'vitest';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { createDiscovery, DISCOVERY_TTL_MS } from '../../shared/adapters/kubernetes/discovery.ts';
import { CORE_RESOURCES, sendJson, startApiStub, statusOf } from '../servers/api-stub.ts';
import { faultOf } from './fault-of.ts';

const KIND = { apiVersion: 'v1', kind: 'ConfigMap' };
const SERVED = { status: 200, text: JSON.stringify(CORE_RESOURCES) };
const ABSENT = { status: 404, text: '404 page not found' };

/** A discovery over `answers`, the last of which is repeated. */
function startDiscovery(...answers: readonly { readonly status: number; readonly text: string }[]) {
  const asked: string[] = [];
  let now = 0;
  const call = async ({ path }: { readonly path: string }) => {
    asked.push(path);
    now += 1;
    return answers[Math.min(asked.length, answers.length) - 1] ?? ABSENT;
  };
  const advance = (milliseconds: number) => {
    now += milliseconds;
  };
  return { asked, advance, discovery: createDiscovery(call, () => now) };
}

describe('discovery', () => {
  test('parallel lookups of a group version cost one request, and so do parallel misses', async () => {
    const { asked, discovery } = startDiscovery(SERVED);

    await Promise.all(Array.from({ length: 10 }, () => discovery.find(KIND)));
    expect(asked).toEqual(['/api/v1']);

    const missing = { ...KIND, kind: 'Nobody' };
    await Promise.all(Array.from({ length: 10 }, () => discovery.find(missing)));
    expect(asked).toHaveLength(2);
  });

  test('a miss looks afresh each time, but not twice in one', async () => {
    const { asked, discovery } = startDiscovery(ABSENT, ABSENT, SERVED);

    expect(await discovery.find(KIND)).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(await discovery.find(KIND)).toBeUndefined();
    expect(asked).toHaveLength(2);
    expect(await discovery.find(KIND)).toMatchObject({ plural: 'configmaps' });
  });

  test('what was found is believed for ten minutes, or until it is forgotten', async () => {
    const { asked, advance, discovery } = startDiscovery(SERVED);
    await discovery.find(KIND);

    advance(DISCOVERY_TTL_MS - 10);
    await discovery.find(KIND);
    expect(asked).toHaveLength(1);
    advance(20);
    await discovery.find(KIND);
    expect(asked).toHaveLength(2);
    discovery.forget('apps/v1');
    await discovery.find(KIND);
    expect(asked).toHaveLength(2);
    discovery.forget();
    await discovery.find(KIND);
    expect(asked).toHaveLength(3);
  });

  test('an aggregated API that is down is a fault, not an absent kind, and is asked again', async () => {
    const down = { status: 503, text: 'service unavailable' };
    const { discovery } = startDiscovery(down, { status: 200, text: '{}' }, SERVED);

    await faultOf(discovery.find(KIND), 'server-error');
    await faultOf(discovery.find(KIND), 'malformed');
    expect(await discovery.find(KIND)).toBeDefined();
  });
});

test('a kind whose path changed is found at its new one', async () => {
  let plural = 'configmaps';
  const object = { ...KIND, metadata: { name: 'a', namespace: 'apps' } };
  const unknown = statusOf(404, 'NotFound', 'the server could not find the requested resource');
  await using stub = await startApiStub(
    ({ url }, response) => {
      const resources = CORE_RESOURCES.resources.map((resource) => ({ ...resource, name: plural }));
      if (url === '/api/v1') sendJson(response, 200, { ...CORE_RESOURCES, resources });
      else if (url === `/api/v1/namespaces/apps/${plural}/a`) sendJson(response, 200, object);
      else sendJson(response, 404, unknown);
    },
    { ownDiscovery: true },
  );
  const cluster = connect({ id: 'c', server: stub.server, ca: stub.ca, credentials: {} });
  const reference = { ...KIND, namespace: 'apps', name: 'a' };
  await cluster.get(reference);

  plural = 'maps';

  expect(await cluster.get(reference)).toEqual(object);
});
