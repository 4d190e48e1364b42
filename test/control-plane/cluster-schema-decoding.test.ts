import { afterAll, describe, expect, inject, test } from 'vitest';
import { builtInResources } from '../../infra/local/cluster/schema/built-in-resources.ts';
import { decodeProblem } from '../../infra/local/cluster/schema/decode.ts';
import { prune } from '../../infra/local/cluster/schema/prune.ts';
import { connect } from './api.ts';
import { refusal, unknownProblem } from './schema-comparison.ts';

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
afterAll(() => api.close());

/** The refusal of a new object in the real server's words and in ours; undefined when it can be decoded. */
async function refusals(kind: string, path: string, object: unknown) {
  const type = builtInResources().find((one) => one.kind === kind);
  if (!type) throw new Error(`no kind ${kind}`);
  const query = 'dryRun=All&fieldValidation=Strict';
  const { status, body } = await api.send<{ message?: string }>('POST', `${path}?${query}`, object);
  const { unknown } = prune(object, type.schema);
  const problem = decodeProblem(type, object) ?? (unknown.length > 0 ? unknownProblem(unknown) : undefined);
  return { theirs: status === 400 ? body.message : undefined, ours: problem && refusal(type, problem) };
}

function deployment(path: string, value: unknown): unknown {
  const object: Record<string, unknown> = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = object;
  for (const name of names) {
    at[name] ??= {};
    at = at[name] as Record<string, unknown>;
  }
  at[last] = value;
  return object;
}

const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
const fields: readonly (readonly [path: string, ...values: unknown[]])[] = [
  ['spec.replicas', 'x', 1.5, 1e12, true, {}, 3, null],
  ['spec.progressDeadlineSeconds', 2 ** 31, 2 ** 31 - 1],
  ['spec.paused', 1],
  ['spec.selector', 'x'],
  ['spec.selector.matchExpressions', [{ values: 'x' }]],
  [
    'spec.strategy',
    { rollingUpdate: { maxSurge: true } },
    { rollingUpdate: { maxSurge: 1.5 } },
    { rollingUpdate: { maxSurge: [] } },
  ],
  ['spec', []],
  ['spec.foo', 1],
  ['status', { replicas: 'x' }],
  ['metadata', 'x'],
  ['metadata.labels', { a: 1 }, [], 'x', { a: null }],
  ['metadata.annotations', { a: {} }],
  ['metadata.generation', 'x'],
  ['metadata.finalizers', 'x', [{}]],
  ['metadata.managedFields', 'x'],
  ['metadata.ownerReferences', [{ controller: 'x' }]],
  [
    'metadata.creationTimestamp',
    ...['x', '2020-13-01T00:00:00Z', '2020-02-30T00:00:00Z', '2020-02-20T00:00:00', '2020-02-20 00:00:00Z'],
    ...['2020-02-20T00:00:00Zx', '2020-02-20T25:00:00Z', '2020-02-20T00:00:00.5Z', 5],
  ],
  [`${POD}.containers`, {}, ['x']],
  [`${POD}.hostNetwork`, 'yes'],
  [`${POD}.nodeSelector`, { a: true }],
  [`${POD}.tolerations`, {}, [{ tolerationSeconds: '1' }]],
  [`${POD}.volumes`, [{ name: 1 }]],
  [
    `${POD}.overhead`,
    ...['1.2.3', '1q', '1mm', '', '1e3', '.', ' 1 ', '1Ee', null, 1, true].map((cpu) => ({ cpu })),
  ],
  [`${CONTAINER}.image`, 1],
  [`${CONTAINER}.env`, 'x'],
  [`${CONTAINER}.command`, 'x', [1]],
  [`${CONTAINER}.foo`, 1],
  [`${CONTAINER}.ports`, [{ containerPort: 'x' }]],
  [`${CONTAINER}.volumeMounts`, [{ name: 'x', mountpath: 'y' }]],
  [`${CONTAINER}.resources`, { limits: 'x' }, { limits: { cpu: {} } }, { limits: { cpu: 'abc' } }],
];

describe.each(fields.map(([path, ...values]) => [path, values] as const))(
  'a Deployment with another %s',
  (path, values) => {
    test.each(values.map((value) => [value]))(
      '%j is decoded or refused as by the API server',
      async (value) => {
        const { ours, theirs } = await refusals(
          'Deployment',
          '/apis/apps/v1/namespaces/default/deployments',
          deployment(path, value),
        );

        expect(ours).toBe(theirs);
      },
    );
  },
);

const secrets: readonly object[] = [
  ...['!!', 1, 'YQ', 'YQ=', 'YQ==', 'YQ===', 'YWJj!', 'YWJjY', 'Y Q==', 'YW\nJj', 'YQ=\n=', null].map(
    (a) => ({ data: { a } }),
  ),
  { immutable: 'x' },
  { data: ['x'] },
  { stringData: { a: 1 } },
  { zz: 1, aa: { b: 1 } },
];

test.each(secrets.map((more) => [more]))(
  'a Secret with %j is decoded or refused as by the API server',
  async (more) => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, ...more };

    const { ours, theirs } = await refusals('Secret', '/api/v1/namespaces/default/secrets', secret);

    expect(ours).toBe(theirs);
  },
);
