import { expect, test } from 'vitest';
import { condition, create, gitRepository, kustomization, reconcile } from './drive.ts';
import { applierAt, configMap, publish, sourceAt, useWorld } from './setting.ts';

const setting = useWorld('apply-requests');
const { namespace } = setting;

/** Requests about objects of a collection, such as `configmaps`, in short. */
function about(collection: string): readonly string[] {
  return setting.requests
    .filter(({ path }) => path.includes(`/${namespace}/${collection}`))
    .map(({ method, path }) => `${method}${path.includes('dryRun') ? ' dry' : ''}`);
}

function service(name: string): string {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec });
}

test('an object whose apply was answered as healthy is not read again for its health', async () => {
  await publish(setting, 'first', {
    'a.yaml': configMap(namespace, 'a', { a: '1' }),
    'b.yaml': service('b'),
  });
  await create(
    setting.world,
    gitRepository(setting.world, namespace, 'first'),
    kustomization(namespace, 'first', { wait: true }),
  );
  await reconcile(setting.world, sourceAt(setting, 'first'));
  setting.requests.length = 0;

  const end = await reconcile(setting.world, applierAt(setting, 'first'));

  expect(condition(end, 'Ready')).toMatchObject({ status: 'True' });
  expect(condition(end, 'Healthy')).toMatchObject({ status: 'True' });
  expect(about('configmaps')).toEqual(['PATCH dry', 'PATCH']);
  expect(about('services')).toEqual(['PATCH dry', 'PATCH']);
});

test('a new revision of one object costs a list a kind, which tells the health of the others too, and one apply', async () => {
  const files = (a: string) => ({ 'a.yaml': configMap(namespace, 'c', { a }), 'b.yaml': service('d') });
  await publish(setting, 'second', files('1'));
  await create(
    setting.world,
    gitRepository(setting.world, namespace, 'second'),
    kustomization(namespace, 'second', { wait: true }),
  );
  await reconcile(setting.world, sourceAt(setting, 'second'));
  await reconcile(setting.world, applierAt(setting, 'second'));
  await publish(setting, 'second', files('2'));
  await reconcile(setting.world, sourceAt(setting, 'second'));
  setting.requests.length = 0;

  const end = await reconcile(setting.world, applierAt(setting, 'second'));

  expect(condition(end, 'Ready')).toMatchObject({ status: 'True' });
  expect(about('configmaps')).toEqual(['GET', 'PATCH']);
  expect(about('services')).toEqual(['GET']);
});
