import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { type GitServer, type GitServerOptions, startGitServer } from '../servers/git-http.ts';
import { create, edit, gitRepository, reconcile } from './drive.ts';
import { newEvents, publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-credentials');
const { namespace } = setting;
const secret = secretsIn(setting);
const servers: GitServer[] = [];
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function serverWith(options: GitServerOptions): Promise<string> {
  const server = await startGitServer(setting.world.gitRoot, options);
  servers.push(server);
  return server.url;
}

async function repository(name: string, url: string, spec: object = {}): Promise<string> {
  const id = await publish(setting, name, { 'a.yaml': `name: ${name}\n` });
  const object = gitRepository(setting.world, namespace, name, { url: `${url}/${name}.git`, ...spec });
  await create(setting.world, object);
  return `True Succeeded: stored artifact for revision 'main@sha1:${id}'`;
}

describe('credentials of a Secret', () => {
  test('[GR-10 basic] missing, wrong, right and changed: each run uses what is there now', async () => {
    const url = await serverWith({ username: 'ada', password: 'second-password' });
    const success = await repository('basic', url, { secretRef: { name: 'login' } });
    const reference = sourceAt(setting, 'basic');

    const missing = await reconcile(setting.world, reference);
    expect(told(missing, 'FetchFailed')).toBe(
      `True AuthenticationFailed: failed to get secret '${namespace}/login': secrets "login" not found`,
    );

    await secret('login', { username: 'ada', password: 'first-password' });
    const refused = await reconcile(setting.world, reference);
    expect(told(refused)).toMatch(/^False GitOperationFailed: .*authentication required/);

    await secret('login', { username: 'ada', password: 'second-password' });
    const right = await reconcile(setting.world, reference);
    expect(told(right)).toBe(success);
    expect(told(right, 'FetchFailed')).toBe('none');
    expect(told(right, 'Reconciling')).toBe('none');
    expect((await newEvents(setting, reference)).at(-1)).toBe(
      "Normal NewArtifact: stored artifact for commit 'a change'",
    );

    await secret('login', { username: 'ada', password: 'revoked-password' });
    const revoked = await reconcile(setting.world, reference);
    expect(told(revoked)).toMatch(/^False GitOperationFailed: /);
    expect(revoked.status.artifact).toEqual(right.status.artifact);

    const everything = JSON.stringify([
      refused.status,
      revoked.status,
      setting.log.entries,
      await newEvents(setting, reference),
    ]);
    expect(everything).not.toMatch(/(first|second|revoked)-password/);
  });

  test('[GR-25 recovered] a failure that has passed is told once, by an event with reason Succeeded', async () => {
    const url = await serverWith({ username: 'ada', password: 'pw' });
    await secret('passing', { username: 'ada', password: 'pw' });
    await repository('passing', url, { secretRef: { name: 'passing' } });
    const reference = sourceAt(setting, 'passing');
    await reconcile(setting.world, reference);
    await secret('passing', { username: 'ada', password: 'no' });
    await reconcile(setting.world, reference);
    await reconcile(setting.world, reference);
    expect(await newEvents(setting, reference)).toHaveLength(2);

    await secret('passing', { username: 'ada', password: 'pw' });
    const passed = await reconcile(setting.world, reference);
    await reconcile(setting.world, reference);

    expect(await newEvents(setting, reference)).toEqual([
      `Normal Succeeded: stored artifact for commit '${passed.status.artifact?.revision}'`,
    ]);
  });

  test('[GR-10 bearer] a bearerToken is sent', async () => {
    const url = await serverWith({ bearerToken: 'a-token' });
    await secret('bearer', { bearerToken: 'a-token' });
    const success = await repository('bearer', url, { secretRef: { name: 'bearer' } });

    expect(told(await reconcile(setting.world, sourceAt(setting, 'bearer')))).toBe(success);
  });

  test('[GR-10 exclusive] [GR-24 authentication-failed] a bearerToken beside a username is refused before anything is sent', async () => {
    await secret('exclusive', { bearerToken: 'a-token', username: 'ada', password: 'pw' });
    await repository('exclusive', setting.world.git.url, { secretRef: { name: 'exclusive' } });
    setting.world.gitLog.length = 0;

    const refused = await reconcile(setting.world, sourceAt(setting, 'exclusive'));

    expect(told(refused)).toMatch(/^False AuthenticationFailed: /);
    expect(setting.world.gitLog).toEqual([]);
  });

  test('[GR-10 ca] [GR-10 mtls] a private CA is trusted, and a client certificate is shown', async () => {
    const url = await serverWith({ tls: { ...authority.server, clientCa: authority.ca } });
    const success = await repository('private', url, { secretRef: { name: 'private' } });
    const reference = sourceAt(setting, 'private');
    await secret('private', {});
    expect(told(await reconcile(setting.world, reference))).toMatch(/^False GitOperationFailed: /);

    const { certificate, key } = authority.client;
    await secret('private', { 'ca.crt': authority.ca, 'tls.crt': certificate, 'tls.key': key });
    expect(told(await reconcile(setting.world, reference))).toBe(success);
  });
});

describe('credentials in the URL', () => {
  test('[GR-01 userinfo] [GR-01 no-leak] are used, and told to nobody', async () => {
    const url = await serverWith({ username: 'ada', password: 'in-the-url' });
    const at = (password: string) => url.replace('http://', `http://ada:${password}@`);
    const success = await repository('userinfo', at('not-the-one'));
    const reference = sourceAt(setting, 'userinfo');

    const refused = await reconcile(setting.world, reference);
    await edit(setting.world, reference, { spec: { url: `${at('in-the-url')}/userinfo.git` } });
    const right = await reconcile(setting.world, reference);

    expect(told(refused)).toMatch(/^False GitOperationFailed: /);
    expect(told(right)).toBe(success);
    const everything = JSON.stringify([refused.status, right.status, setting.log.entries]);
    expect(everything).not.toMatch(/not-the-one|in-the-url/);
    expect((await newEvents(setting, reference)).join()).not.toMatch(/not-the-one|in-the-url/);
  });
});
