import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import type { Catalog, ResourceType } from '../../infra/local/cluster/model.ts';
import { openApiDocument, openApiIndex } from '../../infra/local/cluster/openapi/open-api.ts';
import { builtInResources } from '../../infra/local/cluster/schema/built-in-resources.ts';
import { structural } from '../../infra/local/cluster/schema/structural.ts';
import { connect, successful } from './api.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

type Fields = Readonly<Record<string, unknown>>;

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Fields };
  readonly 'x-kubernetes-action'?: string;
  readonly 'x-kubernetes-group-version-kind'?: Fields;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Fields>> };
}

const CRDS = join(import.meta.dirname, '../../infra/crds');
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'] as const;
const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;
/** What leads to a node, and what only repeats other paths. */
const NOT_SERVED = /\/(?:attach|exec|log|portforward|proxy)$|\/proxy\/|\/watch\/|\/$/;

function customResources(): readonly ResourceType[] {
  return readdirSync(CRDS).flatMap((file) => {
    const { metadata, spec } = parse(readFileSync(join(CRDS, file), 'utf8'));
    return spec.versions.map(
      (version: {
        name: string;
        schema: { openAPIV3Schema: object };
        subresources?: object;
      }): ResourceType => ({
        ...{ group: spec.group, version: version.name, ...spec.names, namespaced: true, verbs: VERBS },
        ...{ shortNames: [], categories: [], subresources: Object.keys(version.subresources ?? {}) },
        schema: structural(version.schema.openAPIV3Schema),
        custom: { definition: metadata.name, columns: [], selectableFields: [] },
      }),
    );
  });
}

const resources = [...builtInResources(), ...customResources()];
const catalog: Pick<Catalog, 'all'> = { all: () => resources };
const groupVersions = Object.keys(openApiIndex(catalog as Catalog).paths);

async function bothOf(path: string): Promise<{ readonly ours: Document; readonly theirs: Document }> {
  const theirs = successful(path, await api.send<Document>('GET', `/openapi/v3/${path}`));
  const ours = JSON.parse(openApiDocument(catalog as Catalog, path.replace(/^apis?\//, ''))?.json ?? '{}');
  return { ours, theirs };
}

/** Without descriptions and unions, which the table does not keep, and without what means the same. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, description, ...rest } = value as Fields & { allOf?: readonly Fields[] };
  const kept = Object.entries(typeof description === 'string' ? rest : { ...rest, description });
  // A field may have this name.
  const [only] = Array.isArray(allOf) && allOf.length === 1 ? allOf : [];
  const reference = only?.$ref === undefined ? { allOf: plain(allOf) } : { $ref: only.$ref };
  const skipped = ['x-kubernetes-unions', 'x-kubernetes-group-version-kind'];
  const entries = [...kept, ...Object.entries(reference)]
    .filter(([name, member]) => member !== undefined && !skipped.includes(name))
    .map(([name, member]) => [
      name,
      name === 'required' && Array.isArray(member) ? [...member].sort() : plain(member),
    ]);
  return Object.fromEntries(entries);
}

describe.each(groupVersions)('the document of %s', (path) => {
  test('has the schemas of the API server, and the kinds that they are', async () => {
    const { ours, theirs } = await bothOf(path);

    for (const [name, schema] of Object.entries(ours.components.schemas)) {
      const real = theirs.components.schemas[name];
      if (real === undefined && name.includes('.apis.meta.v1.')) continue;
      expect({ [name]: plain(schema) }).toEqual({ [name]: plain(real) });
      const kinds = 'x-kubernetes-group-version-kind';
      if (!name.endsWith('.DeleteOptions'))
        expect({ [name]: schema[kinds] }).toEqual({ [name]: real?.[kinds] });
    }
  });

  test('has the operations of the API server, with the query and the bodies of patches', async () => {
    const { ours, theirs } = await bothOf(path);
    const served = Object.entries(theirs.paths).filter(
      ([name]) => !NOT_SERVED.test(name) && resources.some(({ plural }) => name.split('/').includes(plural)),
    );

    expect(Object.keys(ours.paths).sort()).toEqual(served.map(([name]) => name).sort());
    for (const [name, operations] of served) {
      for (const method of METHODS) {
        const summary = summaryOf(method, ours.paths[name]?.[method]);
        expect([name, method, summary]).toEqual([name, method, summaryOf(method, operations[method])]);
      }
    }
  });
});

/** What clients look at. */
function summaryOf(method: string, operation: Operation | undefined) {
  if (!operation) return undefined;
  const { parameters = [], requestBody } = operation;
  return {
    action: operation['x-kubernetes-action'],
    kind: operation['x-kubernetes-group-version-kind'],
    ...(method === 'patch' && {
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      bodies: Object.keys(requestBody?.content ?? {}).filter((type) => !type.includes('cbor')),
    }),
  };
}
