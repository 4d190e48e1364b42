import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openSession } from '../features/cli/recorded-world.ts';
import { commit, createRepository, git } from '../servers/bare-repository.ts';
import type { GitHostOptions } from '../servers/git-host.ts';
import { FOLDER, openBootstrap, READ_TOKEN } from './cli-bootstrap-session.ts';
import { CLAIM, useCliCluster } from './cli-session.ts';

const setting = useCliCluster();
const FLUX = '/namespaces/flux-system';
const SOURCE = `/apis/source.toolkit.fluxcd.io/v1${FLUX}/gitrepositories/flux-system`;
const SYNC = `/apis/kustomize.toolkit.fluxcd.io/v1${FLUX}/kustomizations/flux-system`;
const RECEIVER = `/apis/notification.toolkit.fluxcd.io/v1${FLUX}/receivers/flux-system`;
const SECRET = `/api/v1${FLUX}/secrets/flux-system`;
const HOOK_SECRET = `/api/v1${FLUX}/secrets/webhook-token`;
const AUTHOR = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'Bob'],
    [`GIT_${who}_EMAIL`, 'bob@example.com'],
  ]),
);

afterEach(async () => {
  const { api } = setting.cluster;
  for (const path of [SOURCE, SYNC, RECEIVER, SECRET, HOOK_SECRET]) await api.send('DELETE', path);
});

async function dataOf(path: string): Promise<Record<string, string>> {
  const { data = {} } = (await setting.cluster.api.get<{ data?: Record<string, string> }>(path)) ?? {};
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

describe('sluice bootstrap', () => {
  test('makes the repository, the sync, the Secret and the webhook; a second run changes nothing', async () => {
    const { bootstrap, host, log, repository, cwd } = await openBootstrap(setting.cluster, 'github');
    const flags = ['--webhook-url', 'https://hooks.example.com'];

    const first = await bootstrap(...flags);
    const head = await git(repository, ['rev-parse', 'main']);
    const second = await bootstrap(...flags);

    expect(first).toMatchObject({ code: 0, err: '' });
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(await git(repository, ['rev-parse', 'main'])).toBe(head);
    expect(await log()).toBe('Flux: Add Flux sync manifests');
    expect(await git(repository, ['ls-tree', '-r', '--name-only', 'main'])).toBe(
      ['gotk-sync.yaml', 'kustomization.yaml', 'receiver.yaml'].map((name) => `${FOLDER}/${name}`).join('\n'),
    );
    expect(host.calls.filter((call) => call.startsWith('POST'))).toEqual([
      'POST /orgs/acme/repos',
      'POST /repos/acme/fleet/hooks',
    ]);
    expect(await setting.cluster.api.get(SOURCE)).toMatchObject({
      spec: {
        ...{ url: `https://${host.hostname}/acme/fleet.git`, ref: { branch: 'main' }, interval: '1m0s' },
        secretRef: { name: 'flux-system' },
      },
    });
    expect(await setting.cluster.api.get(SYNC)).toMatchObject({
      spec: { path: './clusters/prod', prune: true, sourceRef: { kind: 'GitRepository' } },
    });
    expect(await dataOf(SECRET)).toEqual({ username: 'git', password: READ_TOKEN, 'ca.crt': host.ca });
    const { token = '' } = await dataOf(HOOK_SECRET);
    expect(host.hooks).toMatchObject([
      {
        config: {
          secret: token,
          url: expect.stringMatching(/^https:\/\/hooks\.example\.com\/hook\/[0-9a-f]{64}$/),
        },
      },
    ]);
    for (const text of [first.out, second.out, ...filesUnder(cwd)]) expect(text).not.toContain(host.token);
  });

  test('gives the source at GitLab a deploy token of its own, once', async () => {
    const { bootstrap, host } = await openBootstrap(setting.cluster, 'gitlab');

    expect(await bootstrap()).toMatchObject({ code: 0, err: '' });
    expect(await bootstrap()).toMatchObject({ code: 0, err: '' });

    expect(host.deployTokens).toHaveLength(1);
    expect(await dataOf(SECRET)).toMatchObject({
      username: 'gitlab+deploy-token-1',
      password: `gldt-${'9'.repeat(20)}`,
    });
    expect(await setting.cluster.api.get(RECEIVER)).toBeUndefined();
  });

  test('that is broken off at the last step is completed by a second run', async () => {
    const broken = { is: true };
    const refuse: GitHostOptions['refuse'] = (method, path) =>
      broken.is && method === 'POST' && path.endsWith('/hooks')
        ? { status: 503, body: { message: 'unicorn' } }
        : undefined;
    const { bootstrap, host, log } = await openBootstrap(setting.cluster, 'gitea', { refuse });
    const flags = ['--webhook-url', 'https://hooks.example.com/'];

    const first = await bootstrap(...flags);
    broken.is = false;
    const second = await bootstrap(...flags);

    expect(first.code).toBe(1);
    expect(first.err).toMatch(
      /fails to add a webhook to acme\/fleet \(503: unicorn\); run the same command again/,
    );
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(host.hooks).toHaveLength(1);
    expect(await log()).toBe('Flux: Add Flux sync manifests');
  });

  test('without a way to read a private repository commits nothing', async () => {
    const { host, cwd } = await openBootstrap(setting.cluster, 'github');
    const env = { GITHUB_TOKEN: host.token };

    const { code, err } = await openSession({ env, cwd }).sluice(
      ...['bootstrap', 'github', '--cluster', 'prod', '--owner', 'ada', '--repository', 'own', '--personal'],
      ...['--path', 'a', '--hostname', host.hostname, '--ca-file', host.caFile],
    );

    expect(code).toBe(1);
    expect(err).toContain('set SLUICE_SOURCE_TOKEN to a token that may only read it, or give --token-auth');
    expect(readdirSync(join(host.directoryOf('ada', 'own'), 'refs', 'heads'))).toEqual([]);
    expect(await setting.cluster.api.get(SOURCE)).toBeUndefined();
  });

  test('commits once more on top when somebody else was faster', async () => {
    const pushes = { seen: 0 };
    const onGit = (_method: string, url: string): void => {
      if (!url.includes('info/refs?service=git-receive-pack') || ++pushes.seen > 1) return;
      const theirs = inRepository('commit-tree', 'main^{tree}', '-p', 'main', '-m', 'Theirs');
      inRepository('update-ref', 'refs/heads/main', theirs);
    };
    const { bootstrap, repository, log } = await openBootstrap(setting.cluster, 'github', { onGit });
    const inRepository = (...argv: string[]) =>
      execFileSync('git', argv, {
        cwd: repository,
        encoding: 'utf8',
        env: { ...process.env, ...AUTHOR },
      }).trim();
    await createRepository(join(repository, '..'), 'fleet');
    await commit(repository, { 'README.md': 'ours\n' }, 'Begin');

    const { code, out } = await bootstrap();

    expect(code).toBe(0);
    expect(out).toContain('branch main was changed meanwhile; once more');
    expect(await log()).toBe('Flux: Add Flux sync manifests\nBob: Theirs\nAda: Begin');
  });

  test('sends no token where the host names an address without TLS', async () => {
    const { bootstrap, host } = await openBootstrap(setting.cluster, 'github', {
      says: 'http://127.0.0.1:1',
    });

    const { code, err } = await bootstrap();

    expect(code).toBe(1);
    expect(err).toContain('Sluice sends tokens over https only');
    expect(host.git.filter(({ path }) => path.includes('.git/'))).toEqual([]);
  });

  test('asks no host about a cluster that belongs to another deployment', async () => {
    const { bootstrap, host } = await openBootstrap(setting.cluster, 'github');
    const patch = { data: { deployment: 'other' } };
    await setting.cluster.api.send('PATCH', CLAIM, patch, 'application/merge-patch+json');

    const { code, err } = await bootstrap();

    expect(code).toBe(1);
    expect(err).toContain(
      'belongs to another deployment of Sluice; "sluice cluster add prod --take" changes',
    );
    expect(host.calls).toEqual([]);
  });

  test('refuses a cluster that syncs another folder already', async () => {
    const { bootstrap } = await openBootstrap(setting.cluster, 'github');
    await bootstrap();

    const { code, err } = await bootstrap('--path', 'clusters/other');

    expect(code).toBe(1);
    expect(err).toContain('the cluster syncs ./clusters/prod already, not ./clusters/other');
  });

  test('of a repository at any server needs no API', async () => {
    const { host, repository, cwd, bootstrap } = await openBootstrap(setting.cluster, 'github');
    await bootstrap();
    const env = { GIT_PASSWORD: host.token };

    const { code, out } = await openSession({ env, cwd }).sluice(
      ...['bootstrap', 'git', '--cluster', 'prod', '--path', 'clusters/prod', '--token-auth'],
      ...['--url', `https://${host.hostname}/acme/fleet.git`, '--ca-file', host.caFile],
    );

    expect(code).toBe(0);
    expect(out).toContain(`${FOLDER} in branch main is as it should be`);
    expect(await dataOf(SECRET)).toMatchObject({ username: 'git', password: host.token });
    expect(await git(repository, ['rev-list', '--count', 'main'])).toBe('1');
  });
});

function filesUnder(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}
