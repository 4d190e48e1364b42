import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { printerOf } from '../../../infra/local/cluster/http/tables/printers.ts';
import type { ResourceType } from '../../../infra/local/cluster/model.ts';
import { apiVersionOf } from '../../../infra/local/cluster/requests/versions.ts';
import { builtInResources } from '../../../infra/local/cluster/schema/built-in-resources.ts';
import { parseYamlDocuments } from '../../../shared/core/yaml.ts';
import { connect, until } from '../api.ts';
import { openTwins, type Said, type Twins } from './twins.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const MERGE = 'application/merge-patch+json';
const run = randomBytes(3).toString('hex');
const namespace = `tables-${run}`;
const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
const made: string[] = [];

interface Sample {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly status?: object;
}

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins();
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  await until('there is a service account', () =>
    api.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`),
  );
  for (const sample of await samples()) {
    const collection = collectionOf(sample);
    const path = `${collection}/${sample.metadata.name}`;
    await api.create(collection, sample);
    if (!sample.metadata.namespace) made.push(path);
    if (sample.status) await patch(`${path}/status`, { status: sample.status });
  }
  await api.send('DELETE', `/api/v1/namespaces/${namespace}/pods/leaving?gracePeriodSeconds=0`);
});
afterAll(async () => {
  for (const path of made) await api.send('DELETE', path);
  const free = { metadata: { finalizers: null } };
  await api.send('PATCH', `/api/v1/namespaces/${namespace}/pods/leaving`, free, MERGE);
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
  await twins.close();
});

const listed = builtInResources().filter(({ verbs }) => verbs.includes('list'));
// Version 1 of an autoscaler keeps its metrics in an annotation, in a form that nobody reads any more.
const LEFT_OUT = 'autoscaling/v1 horizontalpodautoscalers';
const shown = new Map(listed.map((type) => [`${type.group}/${type.version} ${type.plural}`, type]));

test.each([...shown].filter(([name]) => name !== LEFT_OUT))(
  '%s: columns and cells of the same objects',
  async (_, type) => {
    const { json } = await table(`${pathOf(type)}?includeObject=Object`);
    const printer = printerOf(type);
    const { rows } = json;

    expect(printer.columns).toEqual(
      json.columnDefinitions.map((column: object) => ({ ...column, description: '' })),
    );
    expect(rows.map(({ object }) => ageless(printer.cells(object, new Date())))).toEqual(
      rows.map(({ cells }) => ageless(cells)),
    );
    expect(rows.map(({ object }) => printer.conditions?.(object) ?? [])).toEqual(
      rows.map(({ conditions = [] }) => conditions),
    );
  },
);

test('every kind with columns of its own has been looked at', async () => {
  const empty: string[] = [];
  for (const [name, type] of shown) {
    const { json } = await table(pathOf(type));
    if (json.rows.length === 0) empty.push(name);
  }

  expect(empty).toEqual([]);
});

test('a Scale', async () => {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/d/scale`;
  const { json } = await table(`${path}?includeObject=Object`);
  const deployments = shown.get('apps/v1 deployments') as ResourceType;

  const printer = printerOf(deployments, 'scale');
  expect(json.rows.map(({ object }) => ageless(printer.cells(object, new Date())))).toEqual(
    json.rows.map(({ cells }) => ageless(cells)),
  );
});

test.each(['Metadata', 'None', 'Object'])(
  'a Table with %s is the same but for what it tells',
  async (include) => {
    const query = `labelSelector=kubernetes.io/metadata.name=default&includeObject=${include}`;
    const [real, ours] = await twins.both('GET', `/api/v1/namespaces?${query}`, {
      headers: { accept: TABLE },
    });
    const keys = (json: Said['json']) => [
      Object.keys(json),
      Object.keys(json.metadata),
      ...json.rows.map((row) => [Object.keys(row), row.object && Object.keys(row.object)]),
    ];

    expect(keys(ours.json)).toEqual(keys(real.json));
  },
);

async function samples(): Promise<readonly Sample[]> {
  const folder = join(import.meta.dirname, 'shown');
  const files = (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8'));
  const text = (await Promise.all(files)).join('---\n').replaceAll('NS', namespace).replaceAll('RUN', run);
  return parseYamlDocuments(text) as unknown as readonly Sample[];
}

function collectionOf({ apiVersion, kind, metadata }: Sample): string {
  const type = listed.find((one) => apiVersionOf(one) === apiVersion && one.kind === kind);
  if (!type) throw new Error(`${apiVersion} ${kind}`);
  const inNamespace = metadata.namespace ? `/namespaces/${metadata.namespace}/` : '/';
  return pathOf(type).replace(/\/(?=[^/]+$)/, inNamespace);
}

function pathOf({ group, version, plural }: ResourceType): string {
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}/${plural}`;
}

function table(path: string): Promise<Said> {
  return twins.real('GET', path, { headers: { accept: TABLE } });
}

async function patch(path: string, body: object): Promise<void> {
  const { status, body: answer } = await api.send('PATCH', path, body, MERGE);
  if (status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
}

// Seconds pass between the server's look and ours; how spans are written is proven elsewhere.
function ageless(cells: readonly unknown[]): readonly unknown[] {
  return cells.map((cell) =>
    typeof cell === 'string' ? cell.replace(/\b\d+[smhdy](?:\d+[smhdy])?\b/g, '<age>') : cell,
  );
}
