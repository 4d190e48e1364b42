import { describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { ForwardMessage } from '../../shared/core/messages.ts';
import { lastPoll } from '../../shared/reconcile/delays.ts';
import {
  condition,
  create,
  edit,
  gitRepository,
  kustomization,
  type Reconciled,
  reconcile,
} from './drive.ts';
import {
  ahead,
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  sourceAt,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('health-long');
const { namespace } = setting;
const HOUR = 3_600_000;

async function started(name: string, spec: object): Promise<ObjectReference> {
  await publish(setting, name, { 'a.yaml': configMap(namespace, name, { done: 'no' }) });
  const healthCheckExprs = [{ apiVersion: 'v1', kind: 'ConfigMap', current: "data.done == 'yes'" }];
  await create(
    setting.world,
    gitRepository(setting.world, namespace, name),
    kustomization(namespace, name, { wait: true, healthCheckExprs, ...spec }),
  );
  await reconcile(setting.world, sourceAt(setting, name));
  return applierAt(setting, name);
}

/** Plays the poll that is due `after` so many milliseconds, as the chain of delayed messages would. */
async function pollAfter(reference: ObjectReference, after: number) {
  const { queues, sent } = keepingQueues();
  const hops = lastPoll(0, after)?.hop ?? 0;
  const since = new Date().toISOString();
  const message = { reason: 'wait', hops, since } as const;
  const object = await reconcile(setting.world, reference, {
    message,
    ports: { queues, clock: ahead(after) },
  });
  const next = sent
    .filter(({ queue }) => queue === 'later')
    .map(({ body, delaySeconds }) => ({
      hops: (JSON.parse(body) as ForwardMessage).message.hops,
      delaySeconds,
    }));
  return { object, hops, next };
}

describe('a timeout of two hours', () => {
  test('[KS-85 up-to-timeout] [KS-03 timeout] is waited for by one message after the other, however many', async () => {
    const reference = await started('patient', { timeout: '2h', interval: '10m' });
    await reconcile(setting.world, reference);

    for (const after of [60_000, HOUR / 2, HOUR, 2 * HOUR - 60_000]) {
      const { object, hops, next } = await pollAfter(reference, after);

      expect(told(object)).toBe('Unknown Progressing: Reconciliation in progress');
      expect(told(object, 'Healthy')).toMatch(/^Unknown Progressing: .* with a timeout of 2h0m0s$/);
      expect(next).toHaveLength(1);
      expect(next[0]?.delaySeconds).toBeLessThanOrEqual(30);
      expect(next[0]?.hops).toBeGreaterThanOrEqual(hops);
    }
    expect(lastPoll(0, 2 * HOUR)?.hop).toBeGreaterThan(200);

    const { object } = await pollAfter(reference, 2 * HOUR + 2000);
    expect(told(object)).toMatch(
      new RegExp(
        `^False HealthCheckFailed: health check failed after 2h0m\\d.*s: timeout waiting for: \\[ConfigMap/${namespace}/patient status: 'InProgress'\\]$`,
      ),
    );
  });

  test('[KS-87 expressions] ends well whenever the object does', async () => {
    const reference = await started('late', { timeout: '2h' });
    const before = await reconcile(setting.world, reference);
    expect(isWaiting(before)).toBe(true);
    await edit(
      setting.world,
      { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'late' },
      { data: { done: 'yes' } },
    );

    const { object, next } = await pollAfter(reference, HOUR + HOUR / 2);

    expect(told(object)).toContain('True ReconciliationSucceeded');
    expect(told(object, 'Healthy')).toMatch(/^True Succeeded: Health check passed in 1h30m/);
    expect(next).toEqual([]);
  });
});

test('[KS-05 cel] [KS-05 for-good] healthCheckExprs that cannot be compiled stall, and are told once', async () => {
  const healthCheckExprs = [{ apiVersion: 'v1', kind: 'ConfigMap', current: 'data.' }];
  const reference = await started('wrong', { healthCheckExprs });
  const { queues, woken } = keepingQueues();

  const stalled = await reconcile(setting.world, reference, { ports: { queues } });

  const words =
    'Reconciliation failed terminally due to configuration error: failed to create custom status evaluator for healthchecks[0]: failed to parse the expression Current: ';
  expect(told(stalled)).toContain(`False InvalidCELExpression: ${words}`);
  expect(told(stalled, 'Stalled')).toContain(`True InvalidCELExpression: ${words}`);
  expect(stalled.status.observedGeneration).toBe(1);
  expect(woken()).toEqual([]);
  await reconcile(setting.world, reference);
  expect((await newEvents(setting, reference)).filter((event) => event.includes('InvalidCEL'))).toHaveLength(
    1,
  );
});

function isWaiting(object: Reconciled): boolean {
  return condition(object, 'Healthy')?.status === 'Unknown';
}
