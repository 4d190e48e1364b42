import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServedCluster, servedCluster } from './served.ts';

const MAP = '/api/v1/namespaces/default/configmaps/there';
let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
  const body = { metadata: { name: 'there' }, data: { a: '1' } };
  await cluster.ask('POST', '/api/v1/namespaces/default/configmaps', { body });
});
afterAll(() => cluster.close());

test.each([
  ['application/merge-patch+json', '{"data":{"__proto__":"x"}}'],
  ['application/strategic-merge-patch+json', '{"data":{"__proto__":"x"}}'],
  ['application/json-patch+json', '[{"op":"add","path":"/data/__proto__","value":"x"}]'],
  ['application/apply-patch+yaml', 'apiVersion: v1\nkind: ConfigMap\ndata: {"__proto__": x}\n'],
])('a member that merging would lose is refused: %s', async (type, body) => {
  const headers = { 'content-type': type };

  const { status, json } = await cluster.ask('PATCH', `${MAP}?fieldManager=test`, { headers, body });

  expect(status).toBe(400);
  expect(json).toMatchObject({
    ...{ reason: 'BadRequest', message: 'the embedded cluster merges no member called __proto__' },
  });
  expect((await cluster.ask('GET', MAP)).json).toMatchObject({ data: { a: '1' } });
});

test('a value that only mentions it is taken', async () => {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = '{"data":{"text":"about __proto__ and more"}}';

  expect((await cluster.ask('PATCH', MAP, { headers, body })).status).toBe(200);
});
