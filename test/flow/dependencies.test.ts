import { describe, expect, test } from 'vitest';
import type { ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { condition, create, edit, gitRepository, kustomization, reconcile } from './drive.ts';
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

const setting = useWorld('dependencies');
const { namespace } = setting;

/** A source with one directory for each of `names`, and a Kustomization for each that depends on those listed. */
async function chain(source: string, names: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const files = Object.keys(names).map((name) => [`${name}/a.yaml`, configMap(namespace, name, {})]);
  await publish(setting, source, Object.fromEntries(files));
  await create(setting.world, gitRepository(setting.world, namespace, source));
  for (const [name, dependencies] of Object.entries(names)) {
    const dependsOn = dependencies.map((dependency) => ({ name: dependency }));
    const sourceRef = { kind: 'GitRepository', name: source };
    const object = kustomization(namespace, name, { path: `./${name}`, sourceRef, dependsOn });
    await create(setting.world, object);
  }
}

const at = (name: string): ObjectReference => applierAt(setting, name);

describe('dependsOn', () => {
  test('[KS-07 dependency-not-ready] [KS-11 ready] [KS-11 requeue] [KS-10 dependency-wait] nothing is applied before what it depends on is ready, and readiness wakes it', async () => {
    await chain('order', { base: [], top: ['base'] });
    await reconcile(setting.world, sourceAt(setting, 'order'));

    const { queues, woken } = keepingQueues();
    const blocked = await reconcile(setting.world, at('top'), { ports: { queues } });
    expect(told(blocked)).toBe(`False DependencyNotReady: dependency '${namespace}/base' is not ready`);
    expect(await newEvents(setting, at('top'))).toEqual([
      'Normal DependencyNotReady: Dependencies do not meet ready condition, retrying in 30s',
    ]);
    expect(woken()).toEqual(['later Kustomization/top in 30s']);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'top' };
    expect(await setting.world.cluster.get(map)).toBeUndefined();

    await reconcile(setting.world, at('top'));
    expect(await newEvents(setting, at('top'))).toEqual([]);

    const ready = keepingQueues();
    await reconcile(setting.world, at('base'), { ports: { queues: ready.queues } });
    expect(ready.woken()).toEqual(['apply Kustomization/top']);
    const done = await reconcile(setting.world, at('top'));
    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await setting.world.cluster.get(map)).toBeDefined();
  });

  test('[KS-11 same-source] [KS-16 order] of the same source the dependency must have applied the same revision', async () => {
    await chain('revisions', { lower: [], upper: ['lower'] });
    await reconcile(setting.world, sourceAt(setting, 'revisions'));
    await reconcile(setting.world, at('lower'));
    await reconcile(setting.world, at('upper'));

    await publish(setting, 'revisions', { 'lower/b.yaml': configMap(namespace, 'lower-b', {}) });
    const { queues, woken } = keepingQueues();
    await reconcile(setting.world, sourceAt(setting, 'revisions'), { ports: { queues } });
    expect(woken()).toEqual(['apply Kustomization/lower', 'apply Kustomization/upper']);

    const early = await reconcile(setting.world, at('upper'));
    const why = `dependency '${namespace}/lower' revision is not up to date`;
    expect(told(early)).toBe(`False DependencyNotReady: ${why}`);

    await reconcile(setting.world, at('lower'));
    expect(told(await reconcile(setting.world, at('upper')))).toContain('True ReconciliationSucceeded');
  });

  test('[KS-11 exists] a dependency that does not exist is named, and its creation helps', async () => {
    await chain('lonely', { alone: ['nobody'] });
    await reconcile(setting.world, sourceAt(setting, 'lonely'));

    const blocked = await reconcile(setting.world, at('alone'));
    expect(told(blocked)).toMatch(
      `False DependencyNotReady: dependency '${namespace}/nobody' not found: kustomizations.kustomize.toolkit.fluxcd.io "nobody" not found`,
    );

    const sourceRef = { kind: 'GitRepository', name: 'lonely' };
    await create(setting.world, kustomization(namespace, 'nobody', { path: './alone', sourceRef }));
    const { queues, woken } = keepingQueues();
    await reconcile(setting.world, at('nobody'), { ports: { queues } });
    expect(woken()).toEqual(['apply Kustomization/alone']);
  });

  test('a dependency that loses its readiness stops its dependents at the next run', async () => {
    await chain('loses', { ground: [], house: ['ground'] });
    await reconcile(setting.world, sourceAt(setting, 'loses'));
    await reconcile(setting.world, at('ground'));
    await reconcile(setting.world, at('house'));

    await edit(setting.world, at('ground'), { spec: { path: './gone' } });
    await reconcile(setting.world, at('ground'));
    const blocked = await reconcile(setting.world, at('house'));

    expect(told(blocked)).toBe(`False DependencyNotReady: dependency '${namespace}/ground' is not ready`);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'house' };
    expect(await setting.world.cluster.get(map)).toBeDefined();
  });

  test('[KS-11 cycle] [KS-16 cycle] a cycle is told as one, in the condition and, when the source has news, in an event; the rest goes on', async () => {
    await chain('cycle', { hen: ['egg'], egg: ['hen'], fox: [] });
    const { queues, woken } = keepingQueues();
    await reconcile(setting.world, sourceAt(setting, 'cycle'), { ports: { queues } });

    const hen = await reconcile(setting.world, at('hen'));
    const fox = await reconcile(setting.world, at('fox'));

    expect(condition(hen, 'Ready')).toMatchObject({ status: 'False', reason: 'DependencyNotReady' });
    expect(condition(hen, 'Ready')?.message).toMatch(/cycle/);
    const events = await newEvents(setting, at('hen'));
    expect(events.some((event) => /^Warning .*cycle.*hen.*egg/.test(event))).toBe(true);
    expect(told(fox)).toContain('True ReconciliationSucceeded');
    expect(woken()).toContain('apply Kustomization/fox');
  });
});
