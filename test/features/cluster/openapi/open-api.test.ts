import { describe, expect, test } from 'vitest';
import type { Catalog, ResourceType } from '../../../../infra/local/cluster/model.ts';
import { openApiDocument, openApiIndex } from '../../../../infra/local/cluster/openapi/open-api.ts';
import { openApiV2 } from '../../../../infra/local/cluster/openapi/open-api-v2.ts';
import { builtInResources } from '../../../../infra/local/cluster/schema/built-in-resources.ts';
import { structural } from '../../../../infra/local/cluster/schema/structural.ts';

const custom: ResourceType = {
  ...{
    group: 'example.com',
    version: 'v1',
    kind: 'Pear',
    plural: 'pears',
    singular: 'pear',
    listKind: 'PearList',
  },
  ...{ shortNames: [], categories: [], namespaced: false, verbs: ['get', 'patch'], subresources: ['scale'] },
  schema: structural({
    type: 'object',
    properties: { spec: { type: 'object', description: 'What it is.' } },
  }),
  custom: { definition: 'pears.example.com', columns: [], selectableFields: [] },
};

function catalogOf(...more: readonly ResourceType[]): Catalog {
  return { all: () => [...builtInResources(), ...more] } as Partial<Catalog> as Catalog;
}

describe('the index of OpenAPI', () => {
  test('has a document of each group version, where its URL changes with what it says', () => {
    const without = openApiIndex(catalogOf()).paths;
    const withPears = openApiIndex(catalogOf(custom)).paths;
    const schema = structural({ type: 'object', properties: { spec: { type: 'string' } } });
    const changed = openApiIndex(catalogOf({ ...custom, schema })).paths;

    expect(Object.keys(without)).toEqual(expect.arrayContaining(['api/v1', 'apis/apps/v1']));
    expect(without).not.toHaveProperty(['apis/example.com/v1']);
    expect(withPears['api/v1']).toEqual(without['api/v1']);
    expect(withPears['apis/example.com/v1']?.serverRelativeURL).toMatch(
      /^\/openapi\/v3\/apis\/example\.com\/v1\?hash=[0-9A-F]{64}$/,
    );
    expect(changed['apis/example.com/v1']).not.toEqual(withPears['apis/example.com/v1']);
  });
});

describe('the document of a group version', () => {
  test('is the same text for all clusters, and none when it is not served', () => {
    const [one, other] = [
      openApiDocument(catalogOf(), 'apps/v1'),
      openApiDocument(catalogOf(custom), 'apps/v1'),
    ];

    expect(one?.json).toBe(other?.json);
    expect(openApiIndex(catalogOf()).paths['apis/apps/v1']?.serverRelativeURL).toContain(one?.hash);
    expect(openApiDocument(catalogOf(), 'example.com/v1')).toBeUndefined();
  });

  test('has a custom kind under its reversed group, with its paths', () => {
    const { paths, components } = JSON.parse(
      openApiDocument(catalogOf(custom), 'example.com/v1')?.json ?? '',
    );

    expect(Object.keys(paths)).toEqual([
      '/apis/example.com/v1/pears/{name}',
      '/apis/example.com/v1/pears/{name}/scale',
    ]);
    expect(components.schemas['com.example.v1.Pear'].properties.spec.description).toBe('What it is.');
    expect(components.schemas).toHaveProperty(['io.k8s.api.autoscaling.v1.Scale']);
    expect(
      paths['/apis/example.com/v1/pears/{name}'].patch.parameters.map(({ name }: { name: string }) => name),
    ).toContain('fieldValidation');
  });
});

describe('OpenAPI v2', () => {
  test('describes nothing, in JSON and in the protobuf that kubectl asks for', () => {
    const protobuf = openApiV2('application/com.github.proto-openapi.spec.v2@v1.0+protobuf');

    expect(JSON.parse(Buffer.from(openApiV2('application/json').body).toString())).toMatchObject({
      swagger: '2.0',
      paths: {},
    });
    expect(protobuf.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    // Field 1 of the document is the text `2.0`.
    expect([...Buffer.from(protobuf.body).subarray(0, 5)]).toEqual([0x0a, 3, ...Buffer.from('2.0')]);
  });
});
