import { expect, test } from 'vitest';
import { negotiate } from '../../../../infra/local/cluster/http/accept.ts';
import { discoveryForm } from '../../../../infra/local/cluster/http/aggregated-discovery.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test.each([
  [undefined, { encoding: 'json' }],
  ['*/*', { encoding: 'json' }],
  ['application/*', { encoding: 'json' }],
  ['application/yaml', { encoding: 'yaml' }],
  ['text/html, application/xml;q=0.9, */*;q=0.8', { encoding: 'json' }],
  ['application/json;q=0.5, application/yaml', { encoding: 'yaml' }],
  ['application/vnd.kubernetes.protobuf, application/json', { encoding: 'json' }],
  ['application/json;stream=watch', { encoding: 'json' }],
  [`${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, { as: 'Table' }],
  ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', { metaVersion: 'meta.k8s.io/v1beta1' }],
  ['application/json;as=Nope;v=v1;g=meta.k8s.io, application/json', { encoding: 'json' }],
  [
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    { as: 'PartialObjectMetadataList', encoding: 'json' },
  ],
])('%s', (header, format) => {
  expect(negotiate(header)).toMatchObject(format);
});

test.each([
  'application/vnd.kubernetes.protobuf',
  'text/plain',
  'application/json;as=Nope;g=meta.k8s.io;v=v1',
  'application/json;as=Table;g=meta.k8s.io;v=v9',
])('%s allows nothing that is had', (header) => {
  expect(negotiate(header)).toBeUndefined();
});

test('discovery comes in one document when that is asked for in version 2, which is all that 1.36 has', () => {
  const of = (version: string) =>
    `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

  expect(discoveryForm(`${of('v2')},${of('v2beta1')},application/json`)).toBe('aggregated');
  expect(discoveryForm(`${of('v2beta1')},application/json`)).toBe('legacy');
  expect(discoveryForm('application/json')).toBe('legacy');
  expect(discoveryForm(of('v2beta1'))).toBeUndefined();
});
