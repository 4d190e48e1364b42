import { expect, test } from 'vitest';
import { statusOf } from '../../../shared/health/status-of.ts';
import { condition, NOW, sample } from './samples.ts';

const widget = (status: unknown, metadata = {}) =>
  sample('example.com/v1', 'Widget', { metadata, ...(status === undefined ? {} : { status }) });

test.each([
  [
    '[KS-88 terminating] deletion',
    {},
    { deletionTimestamp: '2026-03-01T11:00:00Z' },
    'Terminating',
    'Resource scheduled for deletion',
  ],
  [
    '[KS-88 generation] an old observation',
    { observedGeneration: 1 },
    { generation: 2 },
    'InProgress',
    'Widget generation is 2, but latest observed generation is 1',
  ],
  [
    '[KS-88 generation] an observation from the future',
    { observedGeneration: 3 },
    { generation: 2 },
    'InProgress',
    'Widget generation is 2, but latest observed generation is 3',
  ],
  ['[KS-88 ready-absent] no observation at all', {}, { generation: 2 }, 'Current', 'Resource is current'],
  [
    '[KS-88 reconciling]',
    { conditions: [condition('Ready', 'True'), condition('Reconciling', 'True', 'R', 'step 1')] },
    {},
    'InProgress',
    'step 1',
  ],
  [
    '[KS-88 reconciling] false says nothing',
    { conditions: [condition('Reconciling', 'False', 'R', 'step 1')] },
    {},
    'Current',
    'Resource is current',
  ],
  [
    '[KS-88 stalled]',
    { conditions: [condition('Stalled', 'True', 'R', 'no such host')] },
    {},
    'Failed',
    'no such host',
  ],
  [
    '[KS-88 stalled] the first of the two in the list counts',
    {
      conditions: [condition('Reconciling', 'True', 'R', 'step 1'), condition('Stalled', 'True', 'R', 'no')],
    },
    {},
    'InProgress',
    'step 1',
  ],
  ['[KS-88 ready-true]', { conditions: [condition('Ready', 'True')] }, {}, 'Current', 'Resource is Ready'],
  [
    '[KS-88 ready-not-true] false',
    { conditions: [condition('Ready', 'False', 'R', 'broken')] },
    {},
    'InProgress',
    'broken',
  ],
  [
    '[KS-88 ready-not-true] unknown',
    { conditions: [condition('Ready', 'Unknown', 'R', 'hm')] },
    {},
    'InProgress',
    'hm',
  ],
  [
    '[KS-88 ready-absent]',
    { conditions: [condition('Happy', 'False')] },
    {},
    'Current',
    'Resource is current',
  ],
  ['[KS-88 ready-absent] no status', undefined, {}, 'Current', 'Resource is current'],
])('%s', (_, status, metadata, expected, message) => {
  expect(statusOf(widget(status, metadata), NOW)).toEqual({ status: expected, message });
});

test.each([
  ['[KS-88 malformed] conditions that are no list', { conditions: 'none' }],
  ['[KS-88 malformed] a condition that is no object', { conditions: [3] }],
  [
    '[KS-88 malformed] a message that is no text',
    { conditions: [{ type: 'Ready', status: 'True', message: 3 }] },
  ],
  ['[KS-88 malformed] a status that is a text', 'fine'],
  ['[KS-88 malformed] an observed generation that is a text', { observedGeneration: '1' }],
])('%s', (_, status) => {
  expect(statusOf(widget(status, { generation: 1 }), NOW).status).toBe('Unknown');
});

test('[KS-88 generic-first] a Deployment is InProgress for its generation before its numbers are read', () => {
  const deployment = sample('apps/v1', 'Deployment', {
    metadata: { generation: 2 },
    status: {
      observedGeneration: 1,
      conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded')],
    },
  });

  expect(statusOf(deployment, NOW).status).toBe('InProgress');
});

test('[KS-88 kind-before-ready] a Secret with a false Ready condition is Current', () => {
  const secret = sample('v1', 'Secret', { status: { conditions: [condition('Ready', 'False')] } });

  expect(statusOf(secret, NOW)).toEqual({ status: 'Current', message: 'Resource is always ready' });
});

test('[KS-88 kind-before-ready] a kind of the same name in another group has no rule', () => {
  const service = sample('serving.knative.dev/v1', 'Service', {
    status: { conditions: [condition('Ready', 'False', 'R', 'no revision')] },
  });

  expect(statusOf(service, NOW)).toEqual({ status: 'InProgress', message: 'no revision' });
});

test.each([
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
])('[KS-95 current-at-once] [KS-95 conditions] %s %s follows the generic rules', (apiVersion, kind) => {
  const of = (...conditions: unknown[]) =>
    statusOf(sample(apiVersion, kind, { status: { conditions } }), NOW).status;

  expect(statusOf(sample(apiVersion, kind), NOW)).toEqual({
    status: 'Current',
    message: 'Resource is current',
  });
  expect(of(condition('AbleToScale', 'False'))).toBe('Current');
  expect(of(condition('Ready', 'False'))).toBe('InProgress');
  expect(of(condition('Reconciling', 'True'))).toBe('InProgress');
  expect(of(condition('Stalled', 'True'))).toBe('Failed');
});
