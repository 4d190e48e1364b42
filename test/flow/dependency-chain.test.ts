import { describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import type { WorkMessage } from '../../shared/core/messages.ts';
import type { Cluster, OutgoingMessage } from '../../shared/ports.ts';
import { create, edit, gitRepository, KUSTOMIZATION, kustomization, read, reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  sourceAt,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('dependency-chain');
const { namespace } = setting;

/** Plays every message of the apply queue, many at once, until none is left; what waits in `later` never comes. */
async function drain(start: readonly (OutgoingMessage & { readonly queue: string })[]) {
  let waves = 0;
  const runs: string[] = [];
  const delayed: string[] = [];
  let open = start;
  for (; open.length > 0 && waves < 20; waves++) {
    const { queues, sent } = keepingQueues();
    // One message an object a wave, as a group of the queue hands them out one after the other.
    const messages = open.map(({ body }) => JSON.parse(body) as WorkMessage);
    const byObject = Map.groupBy(messages, (message) => `${message.namespace}/${message.name}`);
    await Promise.all(
      [...byObject.values()].map(async (chain) => {
        for (const message of chain) {
          runs.push(message.name);
          await reconcile(setting.world, { ...KUSTOMIZATION, ...message }, { ports: { queues }, message });
        }
      }),
    );
    delayed.push(...sent.filter(({ queue }) => queue === 'later').map(({ body }) => body));
    open = sent.filter(({ queue }) => queue === 'apply');
  }
  return { waves, runs, delayed };
}

const dependsOn = (...names: readonly string[]) => names.map((name) => ({ name }));

describe('a chain of Kustomizations', () => {
  const links = ['one', 'two', 'three', 'four', 'five'];
  const at = (name: string): ObjectReference => applierAt(setting, name);

  test('[KS-11 woken] of five comes up, and follows its source, without one poll', async () => {
    const files = (value: string) =>
      Object.fromEntries(links.map((name) => [`${name}/a.yaml`, configMap(namespace, name, { value })]));
    await publish(setting, 'chain', files('first'));
    await create(setting.world, gitRepository(setting.world, namespace, 'chain'));
    for (const [index, name] of links.entries()) {
      const before = links[index - 1];
      const sourceRef = { kind: 'GitRepository', name: 'chain' };
      const spec = { path: `./${name}`, sourceRef, ...(before && { dependsOn: dependsOn(before) }) };
      await create(setting.world, kustomization(namespace, name, spec));
    }

    for (const round of ['first', 'second', 'third']) {
      if (round !== 'first') await publish(setting, 'chain', files(round));
      const { queues, sent } = keepingQueues();
      await reconcile(setting.world, sourceAt(setting, 'chain'), { ports: { queues } });
      await drain(sent.filter(({ queue }) => queue === 'apply'));

      for (const name of links) {
        const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
        expect(told(await read(setting.world, at(name)))).toContain('True ReconciliationSucceeded');
        expect(await setting.world.cluster.get(map)).toMatchObject({ data: { value: round } });
      }
    }
  });

  test('[KS-11 woken] across namespaces', async () => {
    const far = `${namespace}-far`;
    await create(setting.world, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: far } });
    await publish(setting, 'far', {
      'near/a.yaml': configMap(namespace, 'near', {}),
      'far/a.yaml': configMap(far, 'far', {}),
    });
    await create(setting.world, gitRepository(setting.world, namespace, 'far'));
    const sourceRef = { kind: 'GitRepository', name: 'far', namespace };
    const spec = { path: './far', sourceRef, dependsOn: [{ name: 'near', namespace }] };
    await create(
      setting.world,
      kustomization(namespace, 'near', { path: './near', sourceRef }),
      kustomization(far, 'distant', spec),
    );

    const { queues, sent } = keepingQueues();
    await reconcile(setting.world, sourceAt(setting, 'far'), { ports: { queues } });
    await drain(sent.filter(({ queue }) => queue === 'apply'));

    expect(told(await read(setting.world, { ...KUSTOMIZATION, namespace: far, name: 'distant' }))).toContain(
      'True ReconciliationSucceeded',
    );
  });
});

test('[KS-11 woken] readiness that comes while it is written that it is waited for is not missed', async () => {
  const files = (value: string) => ({
    'low/a.yaml': configMap(namespace, 'low', { value }),
    'high/a.yaml': configMap(namespace, 'high', { value }),
  });
  await publish(setting, 'race', files('first'));
  await create(setting.world, gitRepository(setting.world, namespace, 'race'));
  const sourceRef = { kind: 'GitRepository', name: 'race' };
  const low = applierAt(setting, 'low');
  const high = applierAt(setting, 'high');
  await create(
    setting.world,
    kustomization(namespace, 'low', { path: './low', sourceRef }),
    kustomization(namespace, 'high', { path: './high', sourceRef, dependsOn: dependsOn('low') }),
  );
  for (const reference of [sourceAt(setting, 'race'), low, high]) await reconcile(setting.world, reference);
  await publish(setting, 'race', files('second'));
  await reconcile(setting.world, sourceAt(setting, 'race'));

  const { clusters } = setting.world.runtime.ports;
  const { queues, woken } = keepingQueues();
  let wokenByLow: readonly string[] | undefined;
  const meanwhile = async () => {
    if (wokenByLow !== undefined) return;
    const ofLow = keepingQueues();
    await reconcile(setting.world, low, { ports: { queues: ofLow.queues } });
    wokenByLow = ofLow.woken();
  };
  const open: typeof clusters.open = async (id) => {
    const opened = await clusters.open(id);
    return { ...opened, cluster: beforePatches(opened.cluster, meanwhile) };
  };
  await reconcile(setting.world, high, { ports: { queues, clusters: { ...clusters, open } } });

  expect(wokenByLow).toEqual([]);
  expect(woken()).toEqual(['apply Kustomization/high', 'later Kustomization/high in 30s']);
  expect(told(await reconcile(setting.world, high))).toContain('True ReconciliationSucceeded');
});

/** A cluster that does something before its first patch. */
function beforePatches(cluster: Cluster, work: () => Promise<void>): Cluster {
  return new Proxy(cluster, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === 'until') return (signal: AbortSignal) => beforePatches(target.until(signal), work);
      if (name !== 'patch') return typeof value === 'function' ? value.bind(target) : value;
      return async (...args: Parameters<Cluster['patch']>) => {
        await work();
        return target.patch(...args);
      };
    },
  });
}

describe('readyExpr', () => {
  const at = (name: string): ObjectReference => applierAt(setting, name);
  async function pair(source: string, readyExpr: string): Promise<void> {
    await publish(setting, source, {
      'base/a.yaml': configMap(namespace, `${source}-base`, {}),
      'top/a.yaml': configMap(namespace, `${source}-top`, {}),
    });
    await create(setting.world, gitRepository(setting.world, namespace, source));
    const sourceRef = { kind: 'GitRepository', name: source };
    const name = `${source}-base`;
    await create(
      setting.world,
      kustomization(namespace, name, { path: './base', sourceRef }),
      kustomization(namespace, `${source}-top`, {
        path: './top',
        sourceRef,
        dependsOn: [{ name, readyExpr }],
      }),
    );
    await reconcile(setting.world, sourceAt(setting, source));
  }

  test('[KS-12 ready-expr] [KS-12 woken] decides alone, and what it looks at wakes who waits', async () => {
    await pair('counted', 'has(dep.status.history) && dep.status.history.size() > 1');
    await reconcile(setting.world, at('counted-base'));
    const early = await reconcile(setting.world, at('counted-top'));
    expect(told(early)).toBe(
      `False DependencyNotReady: dependency '${namespace}/counted-base' is not ready according to readyExpr eval`,
    );

    await publish(setting, 'counted', { 'base/b.yaml': 'kind: Broken' });
    await reconcile(setting.world, sourceAt(setting, 'counted'));
    await reconcile(setting.world, at('counted-base'));
    await publish(setting, 'counted', { 'base/b.yaml': configMap(namespace, 'counted-more', {}) });
    await reconcile(setting.world, sourceAt(setting, 'counted'));
    const { queues, sent } = keepingQueues();
    await reconcile(setting.world, at('counted-base'), { ports: { queues } });
    await drain(sent.filter(({ queue }) => queue === 'apply'));

    expect(told(await read(setting.world, at('counted-top')))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-05 cel] [KS-05 for-good] that cannot be compiled stalls, and is told once', async () => {
    await pair('wrong', 'dep.status.nope(');
    await reconcile(setting.world, at('wrong-base'));

    const { queues, woken } = keepingQueues();
    const stalled = await reconcile(setting.world, at('wrong-top'), { ports: { queues } });

    const words =
      'Reconciliation failed terminally due to configuration error: terminal error: failed to evaluate dependency wrong-base: ';
    expect(told(stalled)).toContain(`False InvalidCELExpression: ${words}`);
    expect(told(stalled, 'Stalled')).toContain(`True InvalidCELExpression: ${words}`);
    expect(stalled.status.observedGeneration).toBe(1);
    expect(woken()).toEqual([]);
    const events = await newEvents(setting, at('wrong-top'));
    expect(events).toHaveLength(1);
    expect(events[0]).toContain('Warning InvalidCELExpression');

    await edit(setting.world, at('wrong-top'), {
      spec: {
        dependsOn: [{ name: 'wrong-base', readyExpr: "dep.status.conditions.exists(c, c.type == 'Ready')" }],
      },
    });
    expect(told(await reconcile(setting.world, at('wrong-top')))).toContain('True ReconciliationSucceeded');
  });
});
