import { describe, expect, test } from 'vitest';
import { openDeployment } from '../../../shared/adapters/local/deployment.ts';
import { readHooks } from '../../../shared/receive/hook-index.ts';
import { openStoredState } from '../../control-plane/cli-state.ts';
import { openSession } from './recorded-world.ts';

async function added(...argv: readonly string[]) {
  const session = openSession();
  const printed = await session.sluice('webhook', 'add', ...argv);
  const [, path = ''] = /URL +\S+(\/hook\/[0-9a-f]{64})\n/.exec(printed.out) ?? [];
  const [, secret = ''] = /Secret +([0-9a-f]{64})\n/.exec(printed.out) ?? [];
  return { ...session, printed, path, secret };
}

describe('sluice webhook', () => {
  test('add prints URL, secret and where to put them, once, and keeps the secret sealed', async () => {
    const { cwd, printed, path, secret, sluice } = await added(
      'github',
      '--org',
      'Acme',
      '--url',
      'https://hooks.example.com/',
    );

    expect(printed).toMatchObject({ code: 0, err: '' });
    expect(printed.out).toContain(`URL      https://hooks.example.com${path}\n`);
    expect(printed.out).toContain('the organisation Acme > Settings > Webhooks');
    expect(secret).toHaveLength(64);
    const { store, directory } = await openStoredState({ cwd, sluice });
    const { hookKey } = await openDeployment(directory);
    const key = (await hookKey?.()) ?? new Uint8Array();
    expect(await readHooks(store, key, path.slice(6))).toEqual({
      entries: [
        {
          owner: { webhook: 'github-Acme' },
          type: 'github',
          token: Buffer.from(secret).toString('base64'),
          events: [],
          resources: [],
          org: 'Acme',
        },
      ],
      unreadable: [],
    });
    expect(Buffer.from((await store.get(`hooks/${path.slice(6)}`))?.body ?? '').toString()).not.toContain(
      secret,
    );
    expect((await sluice('webhook', 'list')).out).not.toContain(secret);
  });

  test('list and remove', async () => {
    const { sluice } = await added('gitlab', '--org', 'group/sub');
    expect((await sluice('webhook', 'add', 'harbor')).code).toBe(0);
    expect((await sluice('webhook', 'list')).out).toBe(
      [
        'NAME               TYPE     ORG',
        'gitlab-group-sub   gitlab   group/sub',
        'harbor             harbor   -',
      ].join('\n'),
    );
    expect(JSON.parse((await sluice('webhook', 'list', '-o', 'json')).out)).toEqual([
      { name: 'gitlab-group-sub', type: 'gitlab', org: 'group/sub' },
      { name: 'harbor', type: 'harbor', org: null },
    ]);

    expect((await sluice('webhook', 'remove', 'gitlab-group-sub')).code).toBe(0);

    expect((await sluice('webhook', 'list')).out).not.toContain('gitlab');
    const again = await sluice('webhook', 'remove', 'gitlab-group-sub');
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('no webhook "gitlab-group-sub"')]);
  });

  test('add of a generic one has no secret but its URL, and shows the request', async () => {
    const { printed, path, secret } = await added('generic', '--name', 'ours');

    expect(secret).toBe('');
    expect(printed.out).toContain(`curl -X POST http://127.0.0.1:9292${path} -d '{"repository":`);
    expect(printed.err).toContain('reaches this machine only');
  });

  test('add refuses a name that is taken', async () => {
    const { sluice } = await added('github', '--org', 'acme');

    const again = await sluice('webhook', 'add', 'github', '--org', 'acme');

    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining('there is a webhook "github-acme" already'),
    ]);
    expect((await sluice('webhook', 'add', 'github', '--org', 'acme', '--name', 'other')).code).toBe(0);
  });

  test.each([
    [['gitea'], 'unknown type "gitea"; choose github, gitlab, harbor, generic'],
    [['__proto__'], 'unknown type "__proto__"'],
    [['constructor'], 'unknown type "constructor"'],
    [['github'], '--org says whose repositories'],
    [['generic', '--name', 'a/b'], '--name has 1 to 100 letters'],
    [['generic', '--url', 'hooks.example.com'], '--url must be an http or https URL'],
    [[], 'TYPE is missing'],
  ])('add %j is refused before anything is made', async (argv, text) => {
    const { printed, sluice } = await added(...argv);

    expect([printed.code, printed.err]).toEqual([2, expect.stringContaining(text)]);
    expect((await sluice('webhook', 'list')).err).toContain('There are none');
  });
});
