import { describe, expect, test } from 'vitest';
import type { Kustomization, KustomizationSpec } from '../../../shared/api/kustomization.ts';
import { decide } from '../../../shared/reconcile/kustomization/decide.ts';
import { accountOf, identityOf } from '../../../shared/reconcile/kustomization/identity.ts';
import {
  deletesOnRemoval,
  intervalOf,
  retryIntervalOf,
  timeoutOf,
} from '../../../shared/reconcile/kustomization/settings.ts';
import { clusterRecord, kustomization, readyKustomization } from '../../builders.ts';
import { seen } from './kustomization-seen.ts';

const specOf = (spec: Partial<KustomizationSpec>) => kustomization({ spec }).spec;

describe('times', () => {
  test('[KS-03 retry-interval] [KS-03 retry-default] a retry comes after retryInterval, else the interval', () => {
    expect(intervalOf(specOf({ interval: '10m', retryInterval: '1m30s' }))).toBe(600_000);
    expect(retryIntervalOf(specOf({ interval: '10m', retryInterval: '1m30s' }))).toBe(90_000);
    expect(retryIntervalOf(specOf({ interval: '10m' }))).toBe(600_000);
  });

  test.each([
    ['[KS-03 timeout] the one given', { interval: '10m', timeout: '3m' }, 180_000],
    ['[KS-03 timeout-default] 30 s less than the interval', { interval: '10m' }, 570_000],
    ['[KS-03 timeout-least] 30 s where the interval leaves less', { interval: '45s' }, 30_000],
    ['[KS-03 timeout-least] 30 s where less is given', { interval: '10m', timeout: '5s' }, 30_000],
    ['not bounded by the interval', { interval: '1m', timeout: '2h' }, 7_200_000],
  ] as const)('the timeout is %s', (_name, spec, milliseconds) => {
    expect(timeoutOf(specOf(spec))).toBe(milliseconds);
  });

  test.each(['interval', 'retryInterval', 'timeout'] as const)(
    'a %s that passes the pattern but not Go stalls, and says which',
    (field) => {
      const plan = decide(kustomization({ spec: { [field]: '9999999999h' } }), seen());

      expect(plan).toMatchObject({ do: 'stall', reason: 'InvalidSpec' });
      expect(plan).toMatchObject({
        message: `spec.${field} is invalid: time: invalid duration "9999999999h"`,
      });
    },
  );
});

describe('a serviceAccountName', () => {
  const planFor = (serviceAccountName: string) =>
    decide(kustomization({ spec: { serviceAccountName } }), seen());

  test.each(['deployer', 'team-a.deployer'])('such as %s may be acted as', (name) => {
    expect(planFor(name).do).not.toBe('stall');
  });

  test.each(['a\r\nimpersonate-group: system:masters', 'a/b', '..', 'A', 'a:b'])(
    'that no account can have stalls, and never reaches a header: %j',
    (name) => {
      expect(planFor(name)).toEqual({
        do: 'stall',
        reason: 'InvalidSpec',
        message: `spec.serviceAccountName is invalid: no ServiceAccount can be called ${JSON.stringify(name)}`,
      });
    },
  );
});

describe('deleting', () => {
  const inventory = { entries: [{ id: 'apps_podinfo__ConfigMap', v: 'v1' }] };
  const deletes = (spec: Partial<KustomizationSpec>, status: Kustomization['status'] = { inventory }) =>
    deletesOnRemoval(readyKustomization({ spec, status }));

  test('[KS-14 mirror-prune] by default does as spec.prune says', () => {
    expect(deletes({ prune: true })).toBe(true);
    expect(deletes({ prune: false })).toBe(false);
    expect(deletes({ prune: true, deletionPolicy: 'MirrorPrune' })).toBe(true);
    expect(deletes({ prune: false, deletionPolicy: 'MirrorPrune' })).toBe(false);
  });

  test('[KS-14 delete] Delete and WaitForTermination delete whatever spec.prune says', () => {
    expect(deletes({ prune: false, deletionPolicy: 'Delete' })).toBe(true);
    expect(deletes({ prune: false, deletionPolicy: 'WaitForTermination' })).toBe(true);
  });

  test('[KS-14 orphan] Orphan leaves them', () => {
    expect(deletes({ prune: true, deletionPolicy: 'Orphan' })).toBe(false);
  });

  test('[KS-13 keeps-objects] a suspended Kustomization leaves them', () => {
    expect(deletes({ prune: true, suspend: true })).toBe(false);
    expect(deletes({ deletionPolicy: 'Delete', suspend: true })).toBe(false);
  });

  test('what was never applied is not deleted', () => {
    expect(deletes({ prune: true }, {})).toBe(false);
    expect(deletes({ prune: true }, { inventory: { entries: [] } })).toBe(false);
  });
});

describe('whom it acts as', () => {
  const scope = (profile: 'flux' | 'lockdown') => ({
    record: clusterRecord({ settings: { owns: 'all', profile, groups: 16 } }),
  });
  const named = kustomization({ spec: { serviceAccountName: 'deployer' } });

  test('[KS-100 impersonate] the account named, in its own namespace', () => {
    expect(identityOf(named, scope('flux'))).toBe('system:serviceaccount:apps:deployer');
    expect(identityOf(named, scope('lockdown'))).toBe('system:serviceaccount:apps:deployer');
  });

  test('[KS-100 default-account] [COM-24 default-account] without a name the cluster itself, locked down the default account', () => {
    expect(identityOf(kustomization(), scope('flux'))).toBeUndefined();
    expect(identityOf(kustomization(), scope('lockdown'))).toBe('system:serviceaccount:apps:default');
    expect(accountOf(kustomization(), scope('lockdown'))).toBe('default');
  });

  test('[KS-100 default-account] an empty name is none, as Go has it', () => {
    const empty = kustomization({ spec: { serviceAccountName: '' } });

    expect(identityOf(empty, scope('flux'))).toBeUndefined();
    expect(identityOf(empty, scope('lockdown'))).toBe('system:serviceaccount:apps:default');
    expect(decide(empty, seen()).do).not.toBe('stall');
  });
});

test('every field is obeyed', () => {
  const spec = {
    sourceRef: { kind: 'ExternalArtifact' as const, name: 'made' },
    decryption: { provider: 'sops' as const, secretRef: { name: 'keys' } },
    dependsOn: [{ name: 'a', readyExpr: 'true' }],
    healthCheckExprs: [{ apiVersion: 'v1', kind: 'X', current: 'true' }],
    ignore: [{ paths: ['/spec/replicas'] }],
    wait: true,
    healthChecks: [{ kind: 'Deployment', name: 'x' }],
  };

  expect(decide(kustomization({ spec }), seen()).do).toBe('apply');
});
