import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { decodeObject } from '../../infra/local/cluster/protobuf/decode.ts';
import { builtInResources } from '../../infra/local/cluster/schema/built-in-resources.ts';
import { parseJson, toJson } from '../../shared/core/json.ts';
import { connect } from './api.ts';
import { PROTOBUF_SAMPLES } from './protobuf-samples.ts';

const run = randomUUID().slice(0, 8);
const namespace = `protobuf-${run}`;
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };
const api = connect(access);
const agent = new Agent({ keepAlive: true, ca: access.ca });
afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  for (const { path, object } of PROTOBUF_SAMPLES) {
    if (path.includes('NAMESPACE')) continue;
    await api.send('DELETE', `${path}/${object.metadata.name}-${run}`);
  }
  api.close();
  agent.destroy();
});

beforeAll(async () => {
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  for (const { path, object } of PROTOBUF_SAMPLES) {
    const name = path.includes('NAMESPACE') ? object.metadata.name : `${object.metadata.name}-${run}`;
    await api.create(path.replace('NAMESPACE', namespace), {
      ...object,
      metadata: { ...object.metadata, name },
    });
  }
});

/** What the real server answers in its own encoding, and the same in JSON. */
async function both(path: string, body?: object): Promise<readonly [Buffer, unknown]> {
  const ask = (accept: string) =>
    new Promise<Buffer>((resolve, reject) => {
      const headers = {
        accept,
        authorization: `Bearer ${access.token}`,
        ...(body && { 'content-type': 'application/json' }),
      };
      const method = body ? 'POST' : 'GET';
      const call = request(new URL(path, access.server), { agent, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => resolve(Buffer.concat(chunks)));
      });
      call.once('error', reject);
      call.end(body && JSON.stringify(body));
    });
  const encoded = await ask('application/vnd.kubernetes.protobuf');
  return [encoded, parseJson((await ask('application/json')).toString())];
}

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string } }[];
}

// What changes by itself between two requests.
const RESTLESS = new Set(['leases', 'nodes']);
const LISTED = builtInResources().filter(({ group, plural, verbs }) => {
  return verbs.includes('get') && !RESTLESS.has(plural) && group !== 'apiextensions.k8s.io';
});

test.each(
  LISTED.map(({ group, version, plural }) => [
    group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
    plural,
  ]),
)('objects of %s/%s are read as the real server writes them', async (root, plural) => {
  const { items = [] } = (await api.get<Listed>(`${root}/${plural}`)) ?? {};

  for (const { metadata } of items.filter(
    ({ metadata: { namespace: home, name } }) => !home || home === namespace || !name.includes('.'),
  )) {
    const home = metadata.namespace ? `namespaces/${metadata.namespace}/` : '';
    const [encoded, json] = await both(`${root}/${home}${plural}/${metadata.name}`);
    // Through text, as bigints and absent members are.
    expect(parseJson(toJson(decodeObject(encoded)))).toEqual(withoutTemplateKinds(json));
  }
});

/** The server itself names the kind of a StatefulSet's claims when it writes JSON. */
function withoutTemplateKinds(object: unknown): unknown {
  const { spec } = object as { spec?: { volumeClaimTemplates?: { kind?: string; apiVersion?: string }[] } };
  for (const template of spec?.volumeClaimTemplates ?? []) {
    delete template.kind;
    delete template.apiVersion;
  }
  return object;
}

test.each<[string, string, object]>([
  [
    'a SubjectAccessReview',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      spec: {
        user: 'joe',
        extra: { a: ['b', 'c'], d: [] },
        resourceAttributes: { verb: 'get', resource: 'pods' },
      },
    },
  ],
  [
    'a TokenReview',
    '/apis/authentication.k8s.io/v1/tokenreviews',
    { spec: { token: 'x', audiences: ['a', 'b'] } },
  ],
  ['a SelfSubjectReview', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
])('%s is read as the real server writes it', async (_, path, body) => {
  const [encoded, json] = await both(path, body);

  const withoutTime = (object: unknown) =>
    JSON.parse(JSON.stringify(object).replaceAll(/"[^"]*T\d\d:\d\d:\d\dZ"/g, '"T"'));
  expect(withoutTime(decodeObject(encoded))).toEqual(withoutTime(json));
});

test('a Scale is read as the real server writes it', async () => {
  const [encoded, json] = await both(`/apis/apps/v1/namespaces/${namespace}/deployments/rich/scale`);

  expect(decodeObject(encoded)).toEqual(json);
});
