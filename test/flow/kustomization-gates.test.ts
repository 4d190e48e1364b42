import { describe, expect, test } from 'vitest';
import { create, edit, gitRepository, kustomization, reconcile } from './drive.ts';
import { applierAt, configMap, publish, sourceAt, startsIn, sync, told, useWorld } from './setting.ts';

const usual = useWorld('gates-usual');
const open = useWorld('gates-open', async () => ({
  settings: {
    featureGates: {
      ExternalArtifact: true,
      StrictPostBuildSubstitutions: false,
      DisableFailFastBehavior: true,
      AdditiveCELDependencyCheck: true,
    },
  },
}));

describe('StrictPostBuildSubstitutions', () => {
  const spec = { postBuild: { substitute: { known: 'x' } } };
  const files = (namespace: string) => ({
    'a.yaml': configMap(namespace, 'strict', { a: '${unknown}${known}' }),
  });

  test('[KS-18 strict] a variable that is not set fails the build, unless the gate is closed', async () => {
    const refused = await startsIn(usual)('strict', files(usual.namespace), spec);
    const passed = await startsIn(open)('strict-off', files(open.namespace), spec);

    expect(told(refused)).toMatch(/^False BuildFailed: .*variable not set \(strict mode\): "unknown"/);
    expect(told(passed)).toContain('True ReconciliationSucceeded');
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: open.namespace, name: 'strict' };
    expect(await open.world.cluster.get(map)).toMatchObject({ data: { a: 'x' } });
  });
});

describe('ExternalArtifact', () => {
  const spec = { sourceRef: { kind: 'ExternalArtifact', name: 'made' } };

  test('[KS-18 external-artifact] [KS-05 access-denied] [EA-04 gate] is denied while the gate is closed', async () => {
    await create(usual.world, kustomization(usual.namespace, 'external', spec));
    await create(open.world, kustomization(open.namespace, 'external', spec));

    const denied = await reconcile(usual.world, applierAt(usual, 'external'));
    const allowed = await reconcile(open.world, applierAt(open, 'external'));

    const message = `can't access 'ExternalArtifact/${usual.namespace}/made', ExternalArtifact feature gate is disabled`;
    expect(told(denied)).toBe(`False AccessDenied: ${message}`);
    expect(told(denied, 'Stalled')).toBe(`True AccessDenied: ${message}`);
    expect(told(allowed)).not.toContain('AccessDenied');
  });
});

describe('DisableFailFastBehavior', () => {
  const CRON = { apiVersion: 'v1', kind: 'ConfigMap' };
  const spec = {
    timeout: '1h',
    healthChecks: ['lost', 'late'].map((name) => ({ ...CRON, name, namespace: 'set' })),
    healthCheckExprs: [{ ...CRON, current: 'false', failed: "data.is == 'lost'" }],
  };
  const start = (setting: typeof usual, name: string) => {
    const { namespace } = setting;
    const healthChecks = spec.healthChecks.map((check) => ({ ...check, namespace }));
    const files = Object.fromEntries(
      ['lost', 'late'].map((each) => [`${each}.yaml`, configMap(namespace, each, { is: each })]),
    );
    return startsIn(setting)(name, files, { ...spec, healthChecks });
  };

  test('[KS-18 fail-fast] [KS-86 switched-off] [KS-87 expressions] one failed object ends the wait, unless the gate is open', async () => {
    const failed = await start(usual, 'fails-fast');
    const waiting = await start(open, 'waits-on');

    expect(told(failed)).toMatch(
      /HealthCheckFailed: .*failed early due to stalled resources: .*lost status: 'Failed'/,
    );
    expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
  });
});

describe('AdditiveCELDependencyCheck', () => {
  const pair = async ({ world, namespace }: typeof usual): Promise<void> => {
    const files = { 'a.yaml': configMap(namespace, 'additive', {}) };
    await publish({ ...usual, world, namespace }, `additive-${namespace}`, files);
    const source = gitRepository(world, namespace, `additive-${namespace}`);
    const sourceRef = { kind: 'GitRepository', name: `additive-${namespace}` };
    const dependsOn = [{ name: 'missing-path', readyExpr: 'true' }];
    await create(
      world,
      source,
      kustomization(namespace, 'missing-path', { sourceRef, path: './nope' }),
      kustomization(namespace, 'dependent', { sourceRef, dependsOn }),
    );
  };

  test('[KS-18 additive-dependency-check] an expression replaces the usual check, unless the gate is open', async () => {
    for (const setting of [usual, open]) {
      await pair(setting);
      await reconcile(setting.world, sourceAt(setting, `additive-${setting.namespace}`));
      await reconcile(setting.world, applierAt(setting, 'missing-path'));
    }

    expect(told(await reconcile(usual.world, applierAt(usual, 'dependent')))).toContain('True');
    expect(told(await reconcile(open.world, applierAt(open, 'dependent')))).toBe(
      `False DependencyNotReady: dependency '${open.namespace}/missing-path' is not ready`,
    );
  });
});

test('[KS-71 wrong-rule] [KS-71 no-drift] spec.ignore leaves fields to others; a rule that cannot be used fails the run', async () => {
  const ignore = [{ paths: ['/data/a'], target: { kind: 'ConfigMap' } }];
  const files = { 'a.yaml': configMap(usual.namespace, 'left', { a: '1', b: '1' }) };
  await startsIn(usual)('ignores', files, { ignore });
  const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace: usual.namespace, name: 'left' };
  await edit(usual.world, map, { data: { a: '2', b: '2' } });

  expect(told(await sync(usual, 'ignores'))).toContain('True ReconciliationSucceeded');
  expect(await usual.world.cluster.get(map)).toMatchObject({ data: { a: '2', b: '1' } });

  await edit(usual.world, applierAt(usual, 'ignores'), {
    spec: { ignore: [{ paths: ['/data/a'], target: { kind: 'Config(' } }] },
  });
  expect(told(await sync(usual, 'ignores'))).toMatch(
    /^False ReconciliationFailed: invalid kind regex: error parsing regexp: missing closing \)/,
  );
});
