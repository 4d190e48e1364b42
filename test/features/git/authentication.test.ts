import { beforeAll, describe, expect, test } from 'vitest';
import { accessOf } from '../../../shared/adapters/git/authorization.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { commit } from '../../servers/git-http.ts';
import { faultNow } from '../semver/fault-now.ts';
import { gitWorld } from './git-world.ts';

const HEADS = ['refs/heads/'];
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

describe('authentication', () => {
  test('[GR-10 basic] user name and password, over plain HTTP', async () => {
    const world = await gitWorld({ username: 'ada', password: 'pä:ss' });
    await commit(world.directory, { a: '1' }, 'first');
    const remote = world.open({ username: 'ada', password: 'pä:ss' });

    const [ref] = await remote.lsRefs(HEADS);
    const pack = await remote.fetchPack({ want: [ref?.id ?? ''], depth: 1 }, 10_000);

    expect(pack.length).toBeGreaterThan(32);
  });

  test('[GR-10 bearer] a bearer token', async () => {
    const world = await gitWorld({ bearerToken: 'token' });

    expect(await world.open({ bearerToken: 'token' }).lsRefs(HEADS)).toEqual([]);
  });

  test('[GR-01 userinfo] what stands in the URL, where the Secret has nothing', async () => {
    const world = await gitWorld({ username: 'ada', password: 'p:@/' });
    const url = world.url.replace('//', '//ada:p%3A%40%2F@');

    expect(await world.open({}, url).lsRefs(HEADS)).toEqual([]);
    expect(await world.open({ password: 'p:@/' }, url.replace('p%3A%40%2F', 'wrong')).lsRefs(HEADS)).toEqual(
      [],
    );
  });

  test('[GR-24 unauthorized] wrong credentials, with one request', async () => {
    const world = await gitWorld({ username: 'ada', password: 'right' });

    const fault = await faultOf(
      world.open({ username: 'ada', password: 'wrong' }).lsRefs(HEADS),
      'unauthorized',
    );

    expect([fault.message, world.requests().length]).toEqual(['authentication required', 1]);
  });

  test('[GR-01 no-leak] no message holds the URL or what is secret in it', async () => {
    const world = await gitWorld({ username: 'ada', password: 'right' });
    const url = world.url.replace('//', '//ada:hunter2@');
    const dead = 'http://ada:hunter2@127.0.0.1:1/app.git';

    const refused = await faultOf(world.open({}, url).lsRefs(HEADS), 'unauthorized');
    const unreachable = await faultOf(world.open({}, dead).lsRefs(HEADS), 'unreachable');

    for (const fault of [refused, unreachable]) {
      expect(JSON.stringify([fault.message, fault.data, String(fault.cause)])).not.toMatch(
        /hunter2|ada|app\.git/,
      );
    }
  });

  test('[GR-10 ca] [GR-10 mtls] a private CA and a client certificate', async () => {
    const { ca, server, client } = authority;
    const world = await gitWorld({ tls: { ...server, clientCa: ca } });

    expect(await world.open({ ca, clientCertificate: client }).lsRefs(HEADS)).toEqual([]);
    await faultOf(world.open({ ca }).lsRefs(HEADS), 'unreachable');
    await faultOf(world.open({ clientCertificate: client }).lsRefs(HEADS), 'unreachable');
  });

  test('[GR-10 exclusive] a bearer token with a user name, from the URL too', () => {
    for (const address of [
      { url: 'https://git.test/a', auth: { bearerToken: 't', username: 'u', password: 'p' } },
      { url: 'https://u:p@git.test/a', auth: { bearerToken: 't' } },
    ])
      expect(faultNow(() => accessOf(address), 'invalid').message).toBe(
        'basic auth and bearer token cannot be set at the same time',
      );
  });

  test('[GR-10 password-alone] a password without a user name', () => {
    const fault = faultNow(() => accessOf({ url: 'https://git.test/a', auth: { password: 'p' } }), 'invalid');

    expect(fault.message).toBe("invalid 'https' auth option: 'password' requires 'username' to be set");
  });

  test.each(['ssh://git@git.test/a', 'git://git.test/a', 'file:///srv/a', 'ftp://git.test/a'])(
    '[GR-01 ssh] [GR-27 other-schemes] %s is not supported',
    (url) => {
      faultNow(() => accessOf({ url, auth: {} }), 'unsupported');
    },
  );

  test.each(['/srv/git/a', 'git@git.test:a', './a'])('[GR-27 other-schemes] %s is not a URL', (url) => {
    expect(['invalid', 'unsupported']).toContain(codeOf(() => accessOf({ url, auth: {} })));
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'other';
  }
}
