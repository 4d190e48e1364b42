import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SshServer, sshKey, startSshServer } from '../servers/sshd.ts';
import { create, edit, gitRepository, reconcile } from './drive.ts';
import { newEvents, publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-ssh');
const { namespace } = setting;
const secret = secretsIn(setting);
const locked = sshKey('ecdsa', { passphrase: 'correct-horse' });
let server: SshServer;

beforeAll(async () => {
  server = await startSshServer(setting.world.gitRoot, {}, [locked.publicKey]);
});

afterAll(() => server.stop());

async function repository(name: string, spec: object = {}): Promise<string> {
  const id = await publish(setting, name, { 'a.yaml': `name: ${name}\n` });
  await create(
    setting.world,
    gitRepository(setting.world, namespace, name, { url: `${server.url}/${name}.git`, ...spec }),
  );
  return id;
}

describe('a repository over SSH', () => {
  test('[GR-01 ssh] [GR-11 ssh-keys] is fetched with the key and the hosts of the Secret, and followed', async () => {
    const { identity, knownHosts } = server;
    await secret('deploy-key', { identity, known_hosts: knownHosts, 'identity.pub': 'ignored' });
    const id = await repository('ssh', { secretRef: { name: 'deploy-key' } });
    const reference = sourceAt(setting, 'ssh');

    const first = await reconcile(setting.world, reference);
    expect(told(first)).toBe(`True Succeeded: stored artifact for revision 'main@sha1:${id}'`);
    const next = await publish(setting, 'ssh', { 'b.yaml': 'b: 1\n' });
    expect((await reconcile(setting.world, reference)).status.artifact?.revision).toBe(`main@sha1:${next}`);
    await edit(setting.world, reference, { spec: { ref: { commit: id, branch: 'main' } } });
    expect((await reconcile(setting.world, reference)).status.artifact?.revision).toBe(`main@sha1:${id}`);
  });

  test('[GR-11 passphrase] an encrypted key needs its password, which nobody is told', async () => {
    const known = { identity: locked.identity, known_hosts: server.knownHosts };
    await secret('locked', known);
    await repository('locked', { secretRef: { name: 'locked' } });
    const reference = sourceAt(setting, 'locked');

    const without = await reconcile(setting.world, reference);
    expect(told(without)).toMatch(/^False AuthenticationFailed: .*encrypted.*'password'/);
    await secret('locked', { ...known, password: 'correct-horse' });
    expect(told(await reconcile(setting.world, reference))).toMatch(/^True Succeeded/);

    const everything = JSON.stringify([
      without.status,
      setting.log.entries,
      await newEvents(setting, reference),
    ]);
    expect(everything).not.toContain('correct-horse');
  });

  test.each([
    ['identity', 'no key', { known_hosts: 'x ssh-rsa AAAA' }],
    ['known_hosts', 'no hosts', { identity: 'x' }],
  ])(
    '[GR-11 required] without %s it is AuthenticationFailed, and nothing is asked',
    async (key, name, data) => {
      const at = name.replace(' ', '-');
      await secret(at, data);
      await repository(at, { secretRef: { name: at } });

      expect(told(await reconcile(setting.world, sourceAt(setting, at)))).toBe(
        `False AuthenticationFailed: failed to configure authentication options: invalid 'ssh' auth option: '${key}' is required`,
      );
    },
  );

  test('[GR-11 host-key] a host with another key gets nothing, and the artifact stays', async () => {
    const { identity, knownHosts } = server;
    await secret('hosts', { identity, known_hosts: knownHosts });
    await repository('hosts', { secretRef: { name: 'hosts' } });
    const reference = sourceAt(setting, 'hosts');
    const before = await reconcile(setting.world, reference);
    const stranger = `[127.0.0.1]:${server.port} ${sshKey('ed25519').publicKey}`;
    await secret('hosts', { identity, known_hosts: stranger });

    const refused = await reconcile(setting.world, reference);

    expect(told(refused)).toMatch(/^False GitOperationFailed: .*knownhosts: key mismatch/);
    expect(refused.status.artifact).toEqual(before.status.artifact);
  });
});
