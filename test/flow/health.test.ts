import { describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import {
  condition,
  create,
  edit,
  eventsOf,
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
  poll,
  publish,
  sourceAt,
  sync,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('health-wait');
const { namespace } = setting;

interface Shape {
  readonly image?: string;
  /** Which node it wants; the fake kubelet leaves others' pods alone. */
  readonly node?: string;
}

function deployment(name: string, { image = 'app:1', node }: Shape = {}): string {
  const labels = { app: name };
  const nodeSelector = node && { 'kubernetes.io/hostname': node };
  const spec = { containers: [{ name: 'app', image }], terminationGracePeriodSeconds: 0, nodeSelector };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
}

function statefulSet(name: string, shape: Shape): string {
  const object = JSON.parse(deployment(name, shape));
  return JSON.stringify({ ...object, kind: 'StatefulSet', spec: { ...object.spec, serviceName: name } });
}

async function started(name: string, manifest: string, spec: object = {}): Promise<ObjectReference> {
  await publish(setting, name, { 'a.yaml': manifest });
  const object = kustomization(namespace, name, { wait: true, ...spec });
  await create(setting.world, gitRepository(setting.world, namespace, name), object);
  await reconcile(setting.world, sourceAt(setting, name));
  return applierAt(setting, name);
}

function isSettled(object: Reconciled): boolean {
  return condition(object, 'Healthy')?.status !== 'Unknown';
}

describe('wait: true', () => {
  test.concurrent('[KS-06 in-progress] [KS-06 stages] [KS-06 success] [KS-03 timeout-default] [KS-08 last-applied] [KS-10 health-passed] says what it waits for, comes back soon, and is Ready when all is', async () => {
    const reference = await started('rolls', deployment('rolls'));
    const { queues, woken } = keepingQueues();

    const waiting = await reconcile(setting.world, reference, { ports: { queues } });

    const revision = waiting.status.lastAttemptedRevision ?? '';
    const message = `Running health checks for revision ${revision} with a timeout of 9m30s`;
    expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
    expect(told(waiting, 'Reconciling')).toBe(`True Progressing: ${message}`);
    expect(told(waiting, 'Healthy')).toBe(`Unknown Progressing: ${message}`);
    expect(waiting.status.lastAppliedRevision).toBeUndefined();
    expect(waiting.status.inventory?.entries).toHaveLength(1);
    expect(woken()).toEqual(['later Kustomization/rolls in 1s']);

    const done = await poll(setting, reference, isSettled);
    expect(told(done)).toBe(`True ReconciliationSucceeded: Applied revision: ${revision}`);
    expect(told(done, 'Healthy')).toMatch(/^True Succeeded: Health check passed in [\d.]+m?s$/);
    expect(told(done, 'Reconciling')).toBe('none');
    expect(done.status.lastAppliedRevision).toBe(revision);
    const events = (await newEvents(setting, reference)).map((event) => event.replace(/ in .*/s, ''));
    expect(events).toEqual([
      `Normal Progressing: Deployment/${namespace}/rolls created`,
      'Normal Progressing: Health check passed',
      'Normal ReconciliationSucceeded: Reconciliation finished',
    ]);
  });

  test.concurrent('[KS-85 every-reconcile] without any change health is checked again, and lost health is told', async () => {
    const reference = await started('every', deployment('every'));
    const ready = await poll(setting, reference, isSettled);
    expect(told(ready, 'Healthy')).toContain('True');
    await edit(
      setting.world,
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'every' },
      {
        spec: { minReadySeconds: 300 },
      },
    );

    const worse = await reconcile(setting.world, reference);

    expect(told(worse, 'Healthy')).toMatch(/^Unknown Progressing: Running health checks/);
    expect(told(worse)).toBe('Unknown Progressing: Reconciliation in progress');
  });

  test.concurrent('healthy again and again is no news', async () => {
    const reference = await started('steady', deployment('steady'));
    const ready = await poll(setting, reference, isSettled);
    await newEvents(setting, reference);

    const again = await reconcile(setting.world, reference);

    expect(again).toEqual(ready);
    expect(await newEvents(setting, reference)).toEqual([]);
  });

  test('a poll that finds nothing new writes nothing', async () => {
    const reference = await started('polls', deployment('polls', { node: 'nowhere' }));
    const waiting = await reconcile(setting.world, reference);
    await newEvents(setting, reference);
    setting.requests.length = 0;

    const polled = await reconcile(setting.world, reference);

    expect(polled).toEqual(waiting);
    expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await newEvents(setting, reference)).toEqual([]);
  });
});

describe('failing health', () => {
  test.concurrent('[KS-86 fail-fast] a pod that crashes ends the wait at once, and the fix recovers', async () => {
    const slow = statefulSet('crashes', { image: 'app:broken' });
    const reference = await started('crashes', slow, { retryInterval: '5m' });
    await reconcile(setting.world, reference);
    const failed = await poll(setting, reference, isSettled);

    const why = `failed early due to stalled resources: [StatefulSet/${namespace}/crashes status: 'Failed']`;
    expect(told(failed, 'Healthy')).toBe(`False HealthCheckFailed: ${why}`);
    expect(told(failed)).toMatch(/^False HealthCheckFailed: /);
    expect(told(failed)).toContain(why);
    expect(failed.status.lastAppliedRevision).toBeUndefined();
    expect(failed.status.history?.[0]?.lastReconciledStatus).toBe('HealthCheckFailed');
    const [event] = (await newEvents(setting, reference)).slice(-1);
    expect(event).toMatch(/^Warning HealthCheckFailed: health check failed after [\d.]+m?s: failed early/);

    await publish(setting, 'crashes', { 'a.yaml': statefulSet('crashes', { image: 'app:2' }) });
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'crashes-0' };
    await sync(setting, 'crashes');
    // A StatefulSet does not replace a pod that never became ready.
    await setting.world.cluster.delete(pod);
    const fixed = await poll(setting, reference, isSettled);
    expect(told(fixed, 'Healthy')).toMatch(/^True Succeeded: Health check passed in /);
    expect(told(fixed)).toContain('True ReconciliationSucceeded');
  });

  test.concurrent('[KS-85 up-to-timeout] [KS-86 timeout] [KS-86 failure-message] what never becomes ready is named after the timeout', async () => {
    const reference = await started('never', deployment('never', { node: 'nowhere' }), { timeout: '40s' });
    await reconcile(setting.world, reference);
    const early = await reconcile(setting.world, reference, { ports: { clock: ahead(37_000) } });
    expect(told(early, 'Healthy')).toMatch(/^Unknown Progressing: .* with a timeout of 40s$/);
    await newEvents(setting, reference);

    const late = await reconcile(setting.world, reference, { ports: { clock: ahead(42_000) } });

    const why = `timeout waiting for: [Deployment/${namespace}/never status: 'InProgress']`;
    expect(told(late, 'Healthy')).toBe(`False HealthCheckFailed: ${why}`);
    const [event] = await newEvents(setting, reference);
    expect(event).toMatch(
      /^Warning HealthCheckFailed: health check failed after 4\d(\.\d+)?s: timeout waiting for/,
    );
    expect(event).toContain(why);
    expect(told(late)).toContain(why);

    await edit(
      setting.world,
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'never' },
      {
        metadata: { labels: { touched: 'yes' } },
      },
    );
    const again = await reconcile(setting.world, reference);
    expect(told(again, 'Healthy')).toMatch(/^Unknown Progressing: /);
  });

  test.concurrent('[KS-17 new-revision] [KS-17 canceled] a new revision cancels the wait: it is applied, and waited for afresh', async () => {
    const reference = await started('newer', deployment('newer', { node: 'nowhere' }));
    const first = await reconcile(setting.world, reference);
    await publish(setting, 'newer', { 'a.yaml': deployment('newer') });

    const second = await sync(setting, 'newer');

    expect(second.status.lastAttemptedRevision).not.toBe(first.status.lastAttemptedRevision);
    expect(told(second, 'Healthy')).toContain(second.status.lastAttemptedRevision);
    const message = `Health checks canceled due to new reconciliation triggered by GitRepository/${namespace}/newer`;
    expect(await eventsOf(setting.world, reference)).toContain(`Normal HealthCheckCanceled: ${message}`);
    const done = await poll(setting, reference, isSettled);
    expect(done.status.lastAppliedRevision).toBe(second.status.lastAttemptedRevision);
  });

  test.concurrent('[KS-17 new-spec] [KS-06 healthy] a change of the spec cancels the wait too', async () => {
    const reference = await started('changed', deployment('changed', { node: 'nowhere' }));
    await reconcile(setting.world, reference);
    await edit(setting.world, reference, { spec: { wait: false } });

    const done = await reconcile(setting.world, reference);

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(told(done, 'Healthy')).toBe('none');
    expect(told(done, 'Reconciling')).toBe('none');
  });
});

describe('healthChecks', () => {
  test.concurrent('[KS-85 named-only] only what is named is waited for, here or elsewhere', async () => {
    const manifest = `${deployment('unnamed', { node: 'nowhere' })}\n---\n${configMap(namespace, 'named', {})}`;
    const reference = await started('names', manifest, {
      wait: false,
      healthChecks: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'named', namespace }],
    });

    const done = await reconcile(setting.world, reference);

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(told(done, 'Healthy')).toMatch(/^True Succeeded/);
  });
});
