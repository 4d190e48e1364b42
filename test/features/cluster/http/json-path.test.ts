import { expect, test } from 'vitest';
import { parseJsonPath } from '../../../../infra/local/cluster/http/tables/json-path.ts';

const OBJECT = {
  metadata: { annotations: { 'example.com/size': 'large' } },
  spec: { replicas: 3, names: ['a', 'b', 'c'], on: true },
  status: {
    conditions: [
      { type: 'Stalled', status: 'False', at: 1 },
      { type: 'Ready', status: 'True', at: 2 },
    ],
  },
};

test.each([
  ['.spec.replicas', [3]],
  ['$.spec.replicas', [3]],
  ["['spec']['replicas']", [3]],
  ['.metadata.annotations.example\\.com/size', ['large']],
  ["['metadata']['annotations']['example\\.com/size']", ['large']],
  ['.spec.names[0]', ['a']],
  ['.spec.names[-1]', ['c']],
  ['.spec.names[0:2]', ['a', 'b']],
  ['.spec.names[1:]', ['b', 'c']],
  ['.spec.names[::2]', ['a', 'c']],
  ['.spec.names[*]', ['a', 'b', 'c']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  ["..conditions[?(@.type=='Ready')].status", ['True']],
  ['.status.conditions[?(@.type == "Ready")].status', ['True']],
  ['.status.conditions[?(@.type!="Ready")].type', ['Stalled']],
  ['.status.conditions[?(@.at>1)].type', ['Ready']],
  ['.status.conditions[?(@.at<=1)].type', ['Stalled']],
  ['.status.conditions[?(@.missing)].type', []],
  ['.status.conditions[?(@.type)].type', ['Stalled', 'Ready']],
  ['.status.conditions[*].type', ['Stalled', 'Ready']],
  ['.spec.missing.deeper', []],
])('%s', (path, found) => {
  expect(parseJsonPath(path)?.(OBJECT)).toEqual(found);
});

test.each(['.spec.names[7]', '.spec.replicas[0]', '.spec[?(@.a=="b")]'])(
  '%s fails, so that the cell is empty',
  (path) => {
    expect(parseJsonPath(path)?.(OBJECT)).toBeUndefined();
  },
);

test.each(['spec', '.spec[', '.spec[?(@.a=="b"]', '.spec[abc]', '.spec["replicas"]'])(
  '%s is no path',
  (path) => {
    expect(parseJsonPath(path)).toBeUndefined();
  },
);
