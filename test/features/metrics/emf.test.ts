import { expect, test } from 'vitest';
import { createEmf } from '../../../shared/adapters/aws/emf.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { resourceOf } from '../../../shared/core/resource-info.ts';
import { condition, NOW, readyKustomization } from '../../builders.ts';

function emf() {
  const lines: string[] = [];
  const metrics = createEmf({ clock: createManualClock(NOW), write: (line) => lines.push(line) });
  return { metrics, parsed: () => lines.map((line) => JSON.parse(line)) };
}
const run = (kind: string, name: string) => ({ cluster: 'one', kind, namespace: 'apps', name });

test('runs of a batch are one line a kind, whose only dimension is the kind', () => {
  const { metrics, parsed } = emf();
  metrics.reconciled(run('Kustomization', 'web'), 0.5);
  metrics.reconciled(run('GitRepository', 'web'), 1);
  metrics.reconciled(run('Kustomization', 'api'), 2);
  expect(parsed()).toEqual([]);

  metrics.flush();
  metrics.flush();

  expect(parsed()).toEqual([
    {
      _aws: {
        Timestamp: NOW.getTime(),
        CloudWatchMetrics: [
          {
            Namespace: 'Sluice',
            Dimensions: [['kind']],
            Metrics: [{ Name: 'gotk_reconcile_duration_seconds', Unit: 'Seconds' }],
          },
        ],
      },
      level: 'info',
      message: 'reconciled',
      kind: 'Kustomization',
      objects: [
        { cluster: 'one', namespace: 'apps', name: 'web' },
        { cluster: 'one', namespace: 'apps', name: 'api' },
      ],
      gotk_reconcile_duration_seconds: [0.5, 2],
    },
    expect.objectContaining({ kind: 'GitRepository', gotk_reconcile_duration_seconds: [1] }),
  ]);
});

test('a line holds at most the 100 values that CloudWatch reads', () => {
  const { metrics, parsed } = emf();

  for (let index = 0; index < 230; index++) metrics.reconciled(run('Kustomization', `k${index}`), 1);
  metrics.flush();

  const counts = parsed().map((line) => line.gotk_reconcile_duration_seconds.length);
  expect(counts).toEqual([100, 100, 30]);
});

test('a sweep is a line a kind with how many are not ready, and which', () => {
  const { metrics, parsed } = emf();
  const failing = readyKustomization({
    metadata: { name: 'broken' },
    status: { conditions: [condition('Ready', 'False')] },
  });
  const resting = readyKustomization({ spec: { suspend: true }, status: { conditions: [] } });
  metrics.surveyed(
    'one',
    [failing, readyKustomization()].map((object) => resourceOf(object, 'one')),
  );
  metrics.surveyed('two', [resourceOf(failing, 'two'), resourceOf(resting, 'two')]);

  metrics.flush();

  expect(parsed()).toMatchObject([
    {
      kind: 'Kustomization',
      sluice_resources_not_ready: 2,
      of: 4,
      objects: ['one/apps/broken', 'two/apps/broken'],
    },
  ]);
});

test('[RC-39 metrics] an answer is a line with method and code, without any path', () => {
  const { metrics, parsed } = emf();

  metrics.answered({ method: 'POST', code: 202, seconds: 0.02, bytes: 9 });

  const [line] = parsed();
  expect(line).toMatchObject({
    method: 'POST',
    code: 202,
    gotk_receiver_http_request_duration_seconds: 0.02,
  });
  // What is not a kind has no dimension: each would be billed.
  expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([[]]);
});
