import { expect, test } from 'vitest';
import { uniteFields } from '../../../shared/apply/field-set.ts';
import { cleanupOperations, takenManagers } from '../../../shared/apply/managed-fields.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../../shared/core/kubernetes-object.ts';

const OURS = 'kustomize-controller';

test('[KS-69 union] field sets unite as structured-merge-diff unites them', () => {
  const first = {
    'f:foo': { '.': {}, 'i:0': {} },
    'f:bar': { 'f:baz': {} },
    'f:qux': { 'k:{"name":"first"}': {} },
    'f:parent': { 'f:child': { 'f:grandchild': {} } },
  };
  const second = {
    'f:foo': { 'i:1': {} },
    'f:bar': { '.': {}, 'f:baz': {} },
    'f:qux': { 'k:{"name":"second"}': {} },
    'f:parent': { 'f:child': {} },
  };
  const united = {
    'f:foo': { '.': {}, 'i:0': {}, 'i:1': {} },
    'f:bar': { '.': {}, 'f:baz': {} },
    'f:qux': { 'k:{"name":"first"}': {}, 'k:{"name":"second"}': {} },
    'f:parent': { 'f:child': { '.': {}, 'f:grandchild': {} } },
  };

  expect(uniteFields(first, second)).toEqual(united);
  expect(uniteFields(second, first)).toEqual(united);
});

test('[KS-69 union] a path above another does not become a member by itself', () => {
  expect(uniteFields({ 'f:a': { 'f:b': {} } }, { 'f:a': { 'f:c': {} } })).toEqual({
    'f:a': { 'f:b': {}, 'f:c': {} },
  });
});

test('[KS-69 union] keys of a list item are equal in any order, unknown elements are dropped', () => {
  expect(
    uniteFields(
      { 'f:p': { 'k:{"port":80,"protocol":"TCP"}': { 'f:a': {} } } },
      { 'f:p': { 'k:{"protocol":"TCP","port":80}': { 'f:b': {} }, 'z:later': {} } },
    ),
  ).toEqual({ 'f:p': { 'k:{"port":80,"protocol":"TCP"}': { 'f:a': {}, 'f:b': {} } } });
});

function entry(
  manager: string,
  operation: 'Apply' | 'Update',
  field: string,
  more: object = {},
): ManagedFieldsEntry {
  return { manager, operation, apiVersion: 'v1', time: 't', fieldsV1: { [`f:${field}`]: {} }, ...more };
}

function live(managedFields: readonly ManagedFieldsEntry[], metadata: object = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', ...metadata, managedFields } };
}

const operations = (object: KubernetesObject, more: readonly string[] = []) =>
  cleanupOperations(object, undefined, OURS, takenManagers(OURS, more));

test.each([
  ['kubectl', 'Apply'],
  ['kubectl-client-side-apply', 'Update'],
  ['kubectl-edit', 'Update'],
  ['before-first-apply', 'Update'],
  [OURS, 'Update'],
  [`${OURS}-old`, 'Update'],
] as const)('[KS-69 prefixes] fields of %s (%s) become ours', (manager, operation) => {
  const ours = entry(OURS, 'Apply', 'a');

  expect(operations(live([ours, entry('other', 'Update', 'z'), entry(manager, operation, 'b')]))).toEqual([
    {
      op: 'replace',
      path: '/metadata/managedFields',
      value: [entry('other', 'Update', 'z'), { ...ours, fieldsV1: { 'f:a': {}, 'f:b': {} } }],
    },
  ]);
});

test.each([
  ['before-first-apply', 'Apply'],
  ['flux-client-side-apply', 'Update'],
  ['helm', 'Update'],
  [`${OURS}-old`, 'Apply'],
] as const)('[KS-69 others-stay] fields of %s (%s) stay theirs', (manager, operation) => {
  expect(operations(live([entry(OURS, 'Apply', 'a'), entry(manager, operation, 'b')]))).toEqual([]);
});

test('[KS-69 first-becomes-ours] without an entry of ours the first taken one is renamed', () => {
  const theirs = entry('kubectl-create', 'Update', 'a');

  expect(operations(live([theirs, entry('kubectl-edit', 'Update', 'b')]))).toMatchObject([
    { value: [{ ...theirs, manager: OURS, operation: 'Apply', fieldsV1: { 'f:a': {}, 'f:b': {} } }] },
  ]);
});

test('[KS-69 subresources-stay] entries of subresources are left', () => {
  expect(operations(live([entry('kubectl', 'Update', 'a', { subresource: 'status' })]))).toEqual([]);
});

test('[KS-69 override-manager] named managers are taken with both operations', () => {
  const object = live([
    entry(OURS, 'Apply', 'a'),
    entry('rancher', 'Apply', 'b'),
    entry('rancher2', 'Update', 'c'),
  ]);

  expect(operations(object)).toEqual([]);
  expect(operations(object, ['rancher'])).toMatchObject([
    { value: [{ manager: OURS, fieldsV1: { 'f:a': {}, 'f:b': {}, 'f:c': {} } }] },
  ]);
});

test('[KS-70 last-applied] [KS-70 deprecated] stale metadata is removed key by key', () => {
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'kustomize.toolkit.fluxcd.io/checksum': 'x',
    'fluxcd.io/sync-checksum': 'x',
    mine: 'x',
  };
  const labels = { 'fluxcd.io/sync-gc-mark': 'x', mine: 'x' };

  expect(operations(live([], { annotations, labels }))).toEqual([
    { op: 'remove', path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration' },
    { op: 'remove', path: '/metadata/annotations/kustomize.toolkit.fluxcd.io~1checksum' },
    { op: 'remove', path: '/metadata/annotations/fluxcd.io~1sync-checksum' },
    { op: 'remove', path: '/metadata/labels/fluxcd.io~1sync-gc-mark' },
  ]);
  expect(operations(live([], { annotations: { mine: 'x' } }))).toEqual([]);
});

test('[KS-67 merge] ssa: Merge on either side forbids all of it', () => {
  const object = live([entry('kubectl', 'Update', 'a')]);
  const merged = { metadata: { name: 'x', annotations: { 'kustomize.toolkit.fluxcd.io/ssa': 'Merge' } } };

  expect(cleanupOperations(object, merged, OURS, takenManagers(OURS))).toEqual([]);
  expect(operations(live([entry('kubectl', 'Update', 'a')], merged.metadata))).toEqual([]);
  expect(operations(object)).toHaveLength(1);
});
