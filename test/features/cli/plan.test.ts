import { describe, expect, test } from 'vitest';
import { identityObjects, objectName, planLines } from '../../../infra/cli/add-plan.ts';
import { checkClaim, ownsText, parseOwns } from '../../../infra/cli/claim.ts';
import { stripLines } from '../../../infra/cli/finalizers.ts';
import { scaleLines } from '../../../infra/cli/flux-controllers.ts';
import { dependentsOf, rightsOf } from '../../../infra/cli/identity.ts';
import { KINDS } from '../../../shared/api/kinds.ts';
import { Fault } from '../../../shared/core/failures.ts';

const CLAIM = { deployment: 'ours', cluster: 'uid', owns: 'all' };
const NEW = {
  namespaceExists: false,
  claim: undefined,
  ourClaim: CLAIM,
  present: new Set<string>(),
  definitions: [],
};

describe('the plan of cluster add', () => {
  test('names everything that will be created, in the order in which it is', () => {
    expect(planLines({ ...NEW, access: { everywhere: true } })).toEqual([
      '  namespace/flux-system                create',
      '  configmap/flux-system/sluice-owner   create   deployment ours owns all',
      '  clusterrolebinding/sluice            create   cluster-admin for the ServiceAccount',
      '  serviceaccount/flux-system/sluice    create   what Sluice logs in as',
      '  secret/flux-system/sluice-token      create   long-lived token of the ServiceAccount',
    ]);
  });

  test('names a binding for each namespace', () => {
    const lines = planLines({ ...NEW, access: { namespaces: ['a', 'b'] } }).join('\n');

    expect(lines).toContain('rolebinding/a/sluice');
    expect(lines).toContain('rolebinding/b/sluice');
    expect(lines).not.toContain('clusterrolebinding/sluice ');
  });

  test('is empty when everything is there', () => {
    const access = { everywhere: true } as const;
    const present = new Set(identityObjects(access).map(objectName));

    expect(planLines({ ...NEW, namespaceExists: true, claim: CLAIM, access, present })).toEqual([]);
  });

  test('shows a change of the claim', () => {
    const claim = { ...CLAIM, owns: 'none' };

    expect(planLines({ ...NEW, namespaceExists: true, claim })).toEqual([
      '  configmap/flux-system/sluice-owner   change   deployment ours owns all',
    ]);
  });
});

describe('the identity', () => {
  test('of some namespaces is cluster-admin in these alone', () => {
    const objects = identityObjects({ namespaces: ['a', 'b'] });
    const admin = objects.filter(({ roleRef }) => (roleRef as { name?: string })?.name === 'cluster-admin');

    expect(admin.map(objectName)).toEqual(['rolebinding/a/sluice', 'rolebinding/b/sluice']);
    expect(rightsOf({ namespaces: ['a'] })).toContainEqual({
      verb: '*',
      group: '*',
      resource: '*',
      namespace: 'a',
    });
    expect(rightsOf({ namespaces: ['a'] })).not.toContainEqual({ verb: '*', group: '*', resource: '*' });
  });

  test('belongs to its root, so that one deletion takes it all', () => {
    for (const object of dependentsOf({ namespaces: ['a'] }, 'root-uid')) {
      expect(object.metadata.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'ClusterRoleBinding', name: 'sluice-namespaced', uid: 'root-uid' }),
      ]);
    }
  });
});

describe('the claim', () => {
  test('of another deployment is respected, and the text says how to take it', () => {
    const check = (take: boolean) => () =>
      checkClaim({ ...CLAIM, deployment: 'theirs' }, CLAIM, take, 'prod');

    expect(check(false)).toThrow(Fault);
    expect(check(false)).toThrow(/theirs.*sluice cluster add prod --take/);
    expect(check(true)).not.toThrow();
  });

  test.each([['all'], ['none'], ['shard=shard1']])('%s is written and read', (text) => {
    const owns = parseOwns(text);

    expect(owns && ownsText(owns)).toBe(text);
  });

  test.each([[''], ['ALL'], ['shard'], ['shard=a b'], ['shard=-']])('%j is no claim', (text) => {
    expect(parseOwns(text)).toBeUndefined();
  });
});

test("Flux's Deployments are scaled with one line a namespace", () => {
  const controllers = [
    { namespace: 'flux-system', name: 'source-controller', replicas: 1 },
    { namespace: 'flux-system', name: 'helm-controller', replicas: 1 },
    { namespace: 'tenants', name: 'helm-controller', replicas: 2 },
  ];

  expect(scaleLines(controllers, 0, 'kubectl --context x')).toEqual([
    'kubectl --context x -n flux-system scale deployment source-controller helm-controller --replicas=0',
    'kubectl --context x -n tenants scale deployment helm-controller --replicas=0',
  ]);
});

test('the lines for stripping by hand name every kind', () => {
  const script = stripLines('kubectl').join('\n');

  for (const { plural, group } of KINDS) expect(script).toContain(`${plural}.${group}`);
});
