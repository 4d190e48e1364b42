import { describe, expect, onTestFinished, test } from 'vitest';
import type { GitHost, HostOptions } from '../../../infra/cli/bootstrap/git-host.ts';
import { gitea, github } from '../../../infra/cli/bootstrap/github.ts';
import { gitlab } from '../../../infra/cli/bootstrap/gitlab.ts';
import { type HostApiOptions, hostApi } from '../../../infra/cli/bootstrap/host-api.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { type GitHostOptions, type HostKind, startGitHost } from '../../servers/git-host.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const HOSTS = {
  github: {
    open: github,
    path: '/api/v3',
    headers: (token: string) => ({ authorization: `Bearer ${token}` }),
  },
  gitlab: { open: gitlab, path: '/api/v4', headers: (token: string) => ({ 'private-token': token }) },
  gitea: { open: gitea, path: '/api/v1', headers: (token: string) => ({ authorization: `token ${token}` }) },
} as const;
const KINDS = Object.keys(HOSTS) as HostKind[];

/** A host's stub, and our client of it. */
async function opened(
  kind: HostKind,
  wishes: Partial<HostOptions> = {},
  more: Partial<HostApiOptions> & Pick<GitHostOptions, 'refuse'> = {},
) {
  const { refuse, ...api } = more;
  const server = await startGitHost({ kind, root: await scratchDirectory(), ...(refuse && { refuse }) });
  onTestFinished(() => server.stop());
  const { open, path, headers } = HOSTS[kind];
  const options: HostOptions = {
    ...{ hostname: server.hostname, owner: 'acme', repository: 'fleet', branch: 'main' },
    ...{ personal: false, private: true, ...wishes },
  };
  const ask = hostApi({
    ...{ http: createHttp({ loopback: true, privateRanges: true }), clock: createManualClock(NOW) },
    ...{ base: `https://${server.hostname}${path}`, headers: headers(server.token), ca: server.ca },
    ...{ tokenVariable: 'THE_TOKEN', ...api },
  });
  return { host: open(ask, options) as GitHost, server };
}

describe.each(KINDS)('at %s', (kind) => {
  test('a missing repository is created once, for an organisation or for oneself', async () => {
    for (const wishes of [{}, { owner: 'ada', personal: true, private: false }]) {
      const { host, server } = await opened(kind, wishes);

      const first = await host.ensureRepository();
      const second = await host.ensureRepository();

      expect(first).toMatchObject({ created: true, isPrivate: wishes.private ?? true });
      expect(first.url).toBe(`https://${server.hostname}/${wishes.owner ?? 'acme'}/fleet.git`);
      expect(second).toEqual({ ...first, created: false });
    }
  });

  test('a personal repository is made for the owner of the token only', async () => {
    const { host, server } = await opened(kind, { owner: 'bob', personal: true });

    await expect(host.ensureRepository()).rejects.toThrow(/the token is ada's, so it cannot create/);
    expect(server.calls.filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  test('pushes are announced to one URL once', async () => {
    const { host, server } = await opened(kind);
    await host.ensureRepository();
    const hook = { url: 'https://hooks.example.com/hook/1', secret: 's3cret' };

    expect(await host.ensureHook(hook)).toBe(true);
    expect(await host.ensureHook(hook)).toBe(false);
    expect(server.hooks).toHaveLength(1);
    expect(server.hooks[0]).toMatchObject(
      kind === 'gitlab'
        ? { url: hook.url, token: 's3cret', push_events: true }
        : {
            active: true,
            events: ['push'],
            config: { url: hook.url, content_type: 'json', secret: 's3cret' },
          },
    );
  });

  test.each([
    [
      401,
      {},
      { message: 'Bad credentials' },
      'unauthorized',
      'does not accept the token in THE_TOKEN (401: Bad',
    ],
    [403, {}, { message: 'Must have admin rights' }, 'forbidden', 'THE_TOKEN may not'],
    [404, {}, { message: 'Not Found' }, 'not-found', 'or hides it from the token in THE_TOKEN (404'],
    [409, {}, { message: 'exists' }, 'already-exists', 'the name is taken'],
    [
      422,
      {},
      { errors: [{ message: 'name already exists on this account' }] },
      'already-exists',
      'name is taken',
    ],
    [400, {}, { message: { name: ['has already been taken'] } }, 'already-exists', 'the name is taken'],
    [422, {}, { message: 'Validation Failed' }, 'invalid', 'refuses to create'],
    [403, { 'retry-after': '60' }, {}, 'throttled', 'limits requests until 2026-03-04T05:07:07.000Z'],
    [
      ...([403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1772600000' }, {}] as const),
      ...(['throttled', 'limits requests until 2026-03-04T04:53:20.000Z'] as const),
    ],
    [429, {}, {}, 'throttled', 'limits requests; then run the same command again'],
    [503, {}, undefined, 'server-error', 'run the same command again later'],
  ] as const)('%i %j becomes a clear sentence', async (status, headers, body, code, said) => {
    const refuse = (method: string) => (method === 'POST' ? { status, headers, body } : undefined);
    const { host } = await opened(kind, {}, { refuse });

    const refused = host.ensureRepository();

    await expect(refused).rejects.toMatchObject({ code, data: { status } });
    await expect(refused).rejects.toThrow(said);
  });

  test('a token that is not known is refused at the first question', async () => {
    const { host, server } = await opened(kind, {}, { headers: HOSTS[kind].headers('wrong') });

    await expect(host.ensureRepository()).rejects.toMatchObject({ code: 'unauthorized' });
    expect(server.calls).toHaveLength(1);
  });
});

test('a group of GitLab that is not there is not taken for a user', async () => {
  const { host } = await opened('gitlab', { owner: 'acne' });

  await expect(host.ensureRepository()).rejects.toThrow('there is no group acne');
});

test("GitLab's deploy token may read one project only", async () => {
  const { host, server } = await opened('gitlab');
  await host.ensureRepository();

  const reader = await host.createReader?.('flux-system-main-flux-system-./clusters/prod');

  expect(reader).toEqual({ username: 'gitlab+deploy-token-1', password: `gldt-${'9'.repeat(20)}` });
  expect(server.deployTokens).toEqual([
    { name: 'flux-system-main-flux-system-./clusters/prod', scopes: ['read_repository'] },
  ]);
});
