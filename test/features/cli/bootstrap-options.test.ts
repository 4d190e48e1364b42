import { describe, expect, test } from 'vitest';
import { openSession } from './recorded-world.ts';

const NEEDED = ['--cluster', 'prod', '--path', 'clusters/prod'];
const HOSTED = [...NEEDED, '--owner', 'acme', '--repository', 'fleet'];
const env = { GITHUB_TOKEN: 'github-token-1', GITEA_TOKEN: 'gitea-token-1' };

describe('sluice bootstrap', () => {
  test.each([
    [['github', '--path', 'a', '--owner', 'a', '--repository', 'b'], '--cluster is missing'],
    [['github', '--cluster', 'prod', '--owner', 'a', '--repository', 'b'], '--path is missing'],
    [['github', ...NEEDED, '--repository', 'b'], '--owner is missing'],
    [['github', ...HOSTED, '--path', '../a'], '--path "../a" is no folder inside the repository'],
    [['github', ...HOSTED, '--path', '/a'], '--path "/a" is no folder inside the repository'],
    [['github', ...HOSTED, '--branch', 'a b'], '--branch "a b" is no name of a branch'],
    [['github', ...HOSTED, '--interval', 'often'], '--interval "often" is not understood'],
    [['github', ...HOSTED, '--private', 'maybe'], '--private "maybe" is not understood'],
    [['github', ...HOSTED, '--owner', 'a/../b'], '--owner "a/../b" is no name at a Git host'],
    [['github', ...HOSTED, '--hostname', 'https://x'], '--hostname "https://x" is no host name'],
    [['github', ...HOSTED, '--webhook-url', 'http://x'], '--webhook-url "http://x" is no https URL'],
    [['gitea', ...HOSTED], '--hostname is missing'],
    [['gitlab', ...HOSTED], 'set GITLAB_TOKEN to a token of yours'],
    [['git', ...NEEDED], '--url is missing'],
    [
      ['git', ...NEEDED, '--url', 'https://a', '--token-auth'],
      '--token-auth needs your token in GIT_PASSWORD',
    ],
    [['git', ...NEEDED, '--url', 'ssh://git@example.com/a.git'], 'SSH is not supported yet; use the'],
    [['git', ...NEEDED, '--url', 'git@example.com:a.git'], 'SSH is not supported yet; use the'],
    [['git', ...NEEDED, '--url', 'https://me:pw@example.com/a'], '"https://example.com/a" is no https URL'],
  ])('%j is a wrong command line', async (argv, said) => {
    const { code, out, err } = await openSession({ env }).sluice('bootstrap', ...argv);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(said);
  });

  test('of a cluster that is not registered asks no host', async () => {
    const { code, err } = await openSession({ env }).sluice('bootstrap', 'github', ...HOSTED);

    expect(code).toBe(1);
    expect(err).toContain('no cluster "prod" is registered; "sluice cluster add prod" registers it');
  });
});
