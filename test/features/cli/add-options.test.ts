import { describe, expect, test } from 'vitest';
import { addOptions } from '../../../infra/cli/add-options.ts';
import { command } from '../../../infra/cli/cluster-add.ts';
import { parseInput } from '../../../infra/cli/parse.ts';
import { lastingSops } from '../../../infra/cli/sops-options.ts';
import { WITHOUT_EFFECT } from '../../../shared/core/feature-gates.ts';
import { faultNow } from '../semver/fault-now.ts';

const read = (...flags: readonly string[]) =>
  addOptions(parseInput('cluster add', command, ['prod', ...flags]));

describe('--custom-apply-stage-kinds', () => {
  const flag = '--custom-apply-stage-kinds';

  test("[KS-63 custom-stage-config] is read as Flux's own flag", () => {
    const { customStageKinds } = read(flag, 'rbac.authorization.k8s.io/Role, ConfigMap,ConfigMap');

    expect(customStageKinds).toEqual(['rbac.authorization.k8s.io/Role', 'ConfigMap']);
  });

  test('leaves the kinds as they are when it is not given, and takes them away when it is empty', () => {
    expect(read().customStageKinds).toBeUndefined();
    expect(read(flag, '').customStageKinds).toEqual([]);
  });

  test.each(['Role.rbac.authorization.k8s.io', 'a/b/C', '/Role', 'group/', ','])('refuses %j', (text) => {
    expect(faultNow(() => read(flag, text), 'invalid').message).toContain(flag);
  });
});

describe('--override-manager', () => {
  const flag = '--override-manager';

  test('[KS-69 override-manager-config] names field managers, or none', () => {
    expect(read(flag, 'helm, my-tool,helm').overrideManagers).toEqual(['helm', 'my-tool']);
    expect([read(flag, '').overrideManagers, read().overrideManagers]).toEqual([[], undefined]);
  });

  test.each([',', 'a b', 'x'.repeat(129), 'a\nb'])('refuses %j', (text) => {
    expect(faultNow(() => read(flag, text), 'invalid').message).toContain(flag);
  });
});

describe('--feature-gates', () => {
  const flag = '--feature-gates';

  test("[KS-18 config] are read as Flux's own flag", () => {
    const { featureGates } = read(flag, 'MigrateAPIVersion=true, StrictPostBuildSubstitutions=false');

    expect(featureGates).toEqual({ MigrateAPIVersion: true, StrictPostBuildSubstitutions: false });
    expect([read(flag, '').featureGates, read().featureGates]).toEqual([{}, undefined]);
  });

  test('[KS-18 no-effect] gates that mean nothing here may be set all the same', () => {
    const names = Object.keys(WITHOUT_EFFECT);

    expect(names).toContain('GroupChangeLog');
    for (const name of names) expect(read(flag, `${name}=true`).featureGates).toEqual({ [name]: true });
  });

  test.each(['Migrate', 'MigrateAPIVersion', 'MigrateAPIVersion=yes', 'NoSuchGate=true', ','])(
    'refuses %j, and names those there are',
    (text) => {
      expect(faultNow(() => read(flag, text), 'invalid').message).toContain('MigrateAPIVersion');
    },
  );
});

describe('--identity-role', () => {
  const flag = '--identity-role';

  test('is a role that Sluice may assume, or nothing', () => {
    const arn = 'arn:aws:iam::123456789012:role/sluice-team';

    expect([read(flag, arn).identityRole, read(flag, '').identityRole]).toEqual([arn, '']);
    expect(read().identityRole).toBeUndefined();
  });

  test.each([
    'sluice-team',
    'arn:aws:iam::123456789012:role/team',
    'arn:aws:iam::123456789012:role/path/sluice-team',
    'arn:aws:iam::123456789012:user/sluice-team',
  ])('refuses %j', (text) => {
    expect(faultNow(() => read(flag, text), 'invalid').message).toContain(flag);
  });
});

describe('--identity-service-account', () => {
  const flag = '--identity-service-account';

  test('is a ServiceAccount of the cluster, or nothing', () => {
    const account = 'flux-system/source-controller';

    expect(read(flag, account).identityServiceAccount).toBe(account);
    expect(read(flag, '').identityServiceAccount).toBe('');
    expect(read().identityServiceAccount).toBeUndefined();
  });

  test.each(['source-controller', 'a/b/c', '/name', 'space/', 'Space/name', 'space/../name', 'space/na me'])(
    'refuses %j',
    (text) => {
      expect(faultNow(() => read(flag, text), 'invalid').message).toContain(flag);
    },
  );
});

describe('--sops-age-secret and --sops-vault-configmap', () => {
  test('name what lies in flux-system, or nothing', () => {
    expect(read('--sops-age-secret', 'sops-age', '--sops-vault-configmap', '').sops).toEqual({
      sopsAgeSecret: 'sops-age',
      sopsVaultConfigMap: '',
    });
    expect(read().sops).toEqual({});
  });

  test('stay until they are taken away', () => {
    const existing = { sopsAgeSecret: 'a', sopsVaultConfigMap: 'b' };

    expect(lastingSops({}, existing)).toEqual(existing);
    expect(lastingSops({ sopsAgeSecret: '' }, existing)).toEqual({ sopsVaultConfigMap: 'b' });
    expect(lastingSops({ sopsAgeSecret: 'c' })).toEqual({ sopsAgeSecret: 'c' });
  });

  test.each(['Upper', 'a/b', '-a'])('refuses %j', (text) => {
    for (const flag of ['--sops-age-secret', '--sops-vault-configmap'])
      expect(faultNow(() => read(flag, text), 'invalid').message).toContain(flag);
  });
});

describe('--eks and --role-arn', () => {
  const role = 'arn:aws:iam::123456789012:role/sluice-prod';
  const arn = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';

  test('name a cluster and whom to log in as', () => {
    expect(read('--eks', arn, '--role-arn', role).eks).toEqual({ cluster: arn, roleArn: role });
    expect(read('--eks', 'prod', '--role-arn', role).eks).toEqual({ cluster: 'prod', roleArn: role });
    expect([read().eks, read('--eks', '').eks]).toEqual([undefined, 'none']);
  });

  test.each([
    [['--eks', arn]],
    [['--role-arn', role]],
    [['--eks', arn, '--role-arn', 'arn:aws:iam::123456789012:role/admin']],
    [['--eks', 'a/b', '--role-arn', role]],
    [['--eks', 'arn:aws:eks:x:1:cluster/prod', '--role-arn', role]],
    [['--eks', arn, '--role-arn', role, '--as-is']],
    [['--eks', arn, '--role-arn', role, '--namespaces', 'a']],
    [['--eks', arn, '--role-arn', role, '--identity-role', role]],
  ])('%j is refused', (flags) => {
    faultNow(() => read(...flags), 'invalid');
  });
});

test('[COM-24 remote-bases] --remote-bases allows what is outside of a source, or not', () => {
  const of = (...flags: readonly string[]) => read(...flags).remoteBases;

  expect([of(), of('--remote-bases', 'true'), of('--remote-bases', 'false')]).toEqual([
    undefined,
    true,
    false,
  ]);
  faultNow(() => of('--remote-bases', 'yes'), 'invalid');
});

test("[KS-101 insecure-tls] --insecure-kubeconfig-tls allows tenants' kubeconfigs to turn verification off, or not", () => {
  const of = (...flags: readonly string[]) => read(...flags).insecureKubeconfigTls;

  expect([of(), of('--insecure-kubeconfig-tls', 'true'), of('--insecure-kubeconfig-tls', 'false')]).toEqual([
    undefined,
    true,
    false,
  ]);
  faultNow(() => of('--insecure-kubeconfig-tls', 'yes'), 'invalid');
});
