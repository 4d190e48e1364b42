import { describe, expect, test } from 'vitest';
import type { GitRepository } from '../../../shared/api/git-repository.ts';
import type { ClusterSettings, GitAuth } from '../../../shared/ports.ts';
import { authOfProvider } from '../../../shared/reconcile/git-repository/provider.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { at, clusterRecord } from '../../builders.ts';

const URL = 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/app';
const KEYS = {
  ...{ accessKeyId: 'ASIA', secretAccessKey: 'hidden', sessionToken: 'session' },
  expiresAt: new Date(at(900)),
};

/** What a repository of CodeCommit is logged in to with. */
function login(auth: GitAuth, more: Partial<ClusterSettings>, spec: object = {}) {
  const record = clusterRecord({ settings: { ...clusterRecord().settings, ...more } });
  const clock = { now: () => new Date(at(0)) };
  const ports = { clock, identities: { awsKeys: async () => KEYS } };
  const object = { metadata: { namespace: 'team' }, spec: { url: URL, provider: 'aws', ...spec } };
  const scope = { record, ports, signal: new AbortController().signal } as unknown as Scope;
  return authOfProvider(object as unknown as GitRepository, auth, undefined, undefined, scope);
}

describe('a registered identity, which is lent to all tenants', () => {
  test.each<[string, Partial<ClusterSettings>]>([
    ['role', { identityRoleArn: 'arn:aws:iam::123456789012:role/sluice-hub' }],
    ['service account', { identityServiceAccount: 'operators/lender' }],
  ])('of a %s is shown to CodeCommit, but not to whom a tenant makes trusted', async (_, settings) => {
    expect(await login({}, settings)).toMatchObject({ ok: true, auth: { username: 'ASIA%session' } });
    expect(await login({ ca: 'their CA' }, settings)).toMatchObject({
      ok: false,
      trouble: {
        message: expect.stringMatching(/registered identity is not shown .* ca\.crt .*; take that away/),
        stalling: true,
      },
    });
  });

  test("is nothing to a tenant's own account", async () => {
    const own = { serviceAccountName: 'deployer' };

    expect(
      await login({ ca: 'their CA' }, { identityServiceAccount: 'operators/lender' }, own),
    ).toMatchObject({ ok: true, auth: { ca: 'their CA' } });
  });
});
