import { describe, expect, test } from 'vitest';
import { addOptions } from '../../../infra/cli/add-options.ts';
import { command } from '../../../infra/cli/cluster-add.ts';
import { parseInput } from '../../../infra/cli/parse.ts';
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
