import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import type { ClusterSettings, GitAddress, HttpRequest } from '../../../shared/ports.ts';
import { lookAgain, pinsDigest, remotesFor } from '../../../shared/reconcile/kustomization/remote-bases.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord } from '../../builders.ts';

const URL = 'https://example.com/a.yaml';
const REPOSITORY = { url: 'https://example.com/o/r', submodules: true, milliseconds: 1000 };
const [ONE, TWO] = ['1', '2'].map((digit) => digit.repeat(40)) as [string, string];

/** A cluster of these settings, whose world serves one file and one repository with a branch. */
function scopeOf(
  settings: Partial<ClusterSettings>,
  world: { body?: string; tip?: string; status?: number } = {},
) {
  const asked: (GitAddress | HttpRequest | string)[] = [];
  const http = (profile: string) => ({
    async request(request: HttpRequest) {
      asked.push(profile, request);
      return {
        status: world.status ?? 200,
        headers: {},
        url: request.url,
        body: Buffer.from(world.body ?? ''),
      };
    },
  });
  const git = {
    open(address: GitAddress) {
      asked.push(address);
      return { lsRefs: async () => [{ name: 'refs/heads/main', id: world.tip ?? ONE }] };
    },
  };
  const record = clusterRecord({ settings: { owns: 'all', profile: 'flux', groups: 16, ...settings } });
  const signal = new AbortController().signal;
  return { asked, scope: { record, signal, ports: { http, git, clock: systemClock } } as unknown as Scope };
}

describe('what is outside of a source', () => {
  test.each([{}, { remoteBases: false }, { remoteBases: true, profile: 'lockdown' }] as const)(
    '[COM-24 remote-bases] [KS-29 no-remote] is not fetched for a cluster with %j',
    (settings) => {
      expect(remotesFor(scopeOf(settings).scope)).toBeUndefined();
    },
  );

  test("[KS-29 remote] is fetched by the cluster's rules, within bounds", async () => {
    const { scope, asked } = scopeOf({ remoteBases: true }, { body: 'a: b\n' });
    const remotes = remotesFor(scope);

    const bytes = await remotes?.file(URL);

    expect(Buffer.from(bytes ?? []).toString()).toBe('a: b\n');
    expect(asked).toMatchObject(['flux', { method: 'GET', url: URL, maxBytes: 8 * 1024 * 1024 }]);
    expect(remotes?.pins).toHaveLength(1);
  });

  test('[KS-29 remote] that the server does not have says so', async () => {
    const { scope } = scopeOf({ remoteBases: true }, { status: 404 });

    await expect(remotesFor(scope)?.file(URL)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('[KS-29 remote-moves] counts as the same until it moves', async () => {
    const pins = [
      JSON.stringify(['repository', { ...REPOSITORY, ref: 'main' }, ONE]),
      JSON.stringify(['repository', { ...REPOSITORY, ref: ONE }, ONE]),
    ];
    const still = scopeOf({ remoteBases: true });
    const moved = scopeOf({ remoteBases: true }, { tip: TWO });
    const gone = [JSON.stringify(['repository', { ...REPOSITORY, ref: 'other' }, ONE])];

    expect(pinsDigest(await lookAgain(pins, still.scope))).toBe(pinsDigest(pins));
    expect(pinsDigest(await lookAgain(pins, moved.scope))).not.toBe(pinsDigest(pins));
    expect(pinsDigest(await lookAgain(gone, still.scope))).not.toBe(pinsDigest(gone));
    // The whole commit id is not asked for.
    expect(still.asked).toHaveLength(2);
    expect(pinsDigest([])).toBe('');
  });
});
