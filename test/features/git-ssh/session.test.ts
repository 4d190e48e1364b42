import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGit } from '../../../shared/adapters/git/git.ts';
import { targetOf } from '../../../shared/adapters/git/ssh/connection.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { createDial, type Dial } from '../../../shared/adapters/http/dial.ts';
import type { GitAuth } from '../../../shared/ports.ts';
import { sshAlgorithms } from '../../../shared/runtime/config.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit, createRepository } from '../../servers/bare-repository.ts';
import { type SshServer, sshKey, startSshServer } from '../../servers/sshd.ts';

const LOOPBACK = { loopback: true, privateRanges: false };
const HOST_KEYS = ['ed25519', 'ecdsa', 'rsa'];

let root: string;
let server: SshServer;
let url: string;
let head: string;
let dials: number;
const encrypted = sshKey('ed25519', { passphrase: 'correct horse' });
const keys = {
  'RSA in PEM': sshKey('rsa', { format: 'PEM', bits: 2048 }),
  'ECDSA in PEM': sshKey('ecdsa', { format: 'PEM' }),
  'RSA of OpenSSH': sshKey('rsa', { bits: 2048 }),
  'ECDSA of OpenSSH': sshKey('ecdsa', { bits: 384 }),
  'Ed25519 of OpenSSH': sshKey('ed25519'),
} as const;
// What the flux command writes into its Secrets.
const pkcs8 = ['rsa', 'ec', 'ed25519'].map((type) => pkcs8Of(type));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ssh-session-'));
  const open = [encrypted, ...Object.values(keys)].map(({ publicKey }) => publicKey);
  server = await startSshServer(root, { hostKeys: HOST_KEYS }, [
    ...open,
    ...pkcs8.map((key) => key.publicKey),
  ]);
  head = await commit(await createRepository(root, 'app'), { a: '1' }, 'first');
  url = `${server.url}/app.git`;
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const counting: Dial = (...given) => {
  dials += 1;
  return createDial(LOOPBACK)(...given);
};
const git = createGit({ http: createHttp(LOOPBACK), dial: counting });
const open = (auth: GitAuth = {}, at = url) => {
  dials = 0;
  const known = { identity: server.identity, knownHosts: server.knownHosts };
  return git.open({ url: at, auth: { ...known, ...auth } }, AbortSignal.timeout(20_000));
};

describe('[GR-11 ssh-keys] keys', () => {
  test.each(Object.entries(keys))('%s is let in', async (_name, { identity }) => {
    expect(await open({ identity }).lsRefs(['refs/heads/main'])).toMatchObject([{ id: head }]);
  });

  test.each(pkcs8.map((key) => [key.type, key] as const))('%s in PKCS#8 is let in', async (_type, key) => {
    expect(await open({ identity: key.identity }).lsRefs(['refs/heads/main'])).toMatchObject([{ id: head }]);
  });

  test('[GR-11 passphrase] an encrypted key opens with the password', async () => {
    const { identity } = encrypted;

    expect(await open({ identity, password: 'correct horse' }).lsRefs([''])).not.toEqual([]);
    const without = await faultOf(open({ identity }).lsRefs(['']), 'invalid');
    const wrong = await faultOf(open({ identity, password: 'battery staple' }).lsRefs(['']), 'invalid');
    expect(without.message).toContain("the Secret has no 'password'");
    expect(wrong.message).toContain("'password' does not open it");
    expect(wrong.message).not.toContain('battery');
    expect([without, wrong].map(({ data }) => data.about)).toEqual(['authentication', 'authentication']);
  });

  test.each([
    ['nothing', ''],
    ['words', 'let me in'],
    ['a public key', keys['RSA in PEM'].publicKey],
    ['half a key', keys['Ed25519 of OpenSSH'].identity.slice(0, 150)],
  ])('%s instead of a key is told', async (_what, identity) => {
    const fault = await faultOf(open({ identity }).lsRefs(['']), 'invalid');

    expect(fault.message).toMatch(/^the private key in 'identity' cannot be used: /);
  });

  test('a key that is not let in is told with the host', async () => {
    const fault = await faultOf(open({ identity: sshKey('ed25519').identity }).lsRefs(['']), 'unauthorized');

    expect(fault.message).toBe("ssh: handshake failed: '127.0.0.1' does not accept the key in 'identity'");
  });
});

describe('[GR-11 ssh-keys] the host', () => {
  test.each(HOST_KEYS)('is accepted by its %s key alone', async (type) => {
    const line = server.knownHosts.split('\n').find((each) => each.includes(type)) ?? '';

    expect(await open({ knownHosts: line }).lsRefs(['refs/heads/main'])).toHaveLength(1);
  });

  test('is refused when it is unknown or shows another key, before our key is shown', async () => {
    const other = sshKey('ed25519').publicKey.split(' ')[1];
    const unknown = await faultOf(
      open({ knownHosts: 'example.com ssh-ed25519 AAAA' }).lsRefs(['']),
      'unauthorized',
    );
    const mismatch = await faultOf(
      open({ knownHosts: `[127.0.0.1]:${server.port} ssh-ed25519 ${other}` }).lsRefs(['']),
      'unauthorized',
    );

    expect(unknown.message).toMatch(/knownhosts: key is unknown: '127.0.0.1' shows SHA256:/);
    expect(mismatch.message).toMatch(/knownhosts: key mismatch: '127.0.0.1' shows SHA256:/);
  });

  test('is not asked where the rule of egress forbids it', async () => {
    const shut = createGit({
      http: createHttp(LOOPBACK),
      dial: createDial({ ...LOOPBACK, loopback: false }),
    });
    const auth = { identity: server.identity, knownHosts: server.knownHosts };

    await faultOf(shut.open({ url, auth }, AbortSignal.timeout(20_000)).lsRefs(['']), 'egress-denied');
  });
});

describe('[COM-30 ssh-algorithms] what a deployment allows', () => {
  const limited = (ssh: { kex?: string[]; hostKey?: string[] }) =>
    createGit({ http: createHttp(LOOPBACK), dial: counting, ssh })
      .open(
        { url, auth: { identity: server.identity, knownHosts: server.knownHosts } },
        AbortSignal.timeout(20_000),
      )
      .lsRefs(['refs/heads/main']);

  test('is used', async () => {
    expect(await limited({ kex: ['diffie-hellman-group14-sha256'], hostKey: ['rsa-sha2-256'] })).toHaveLength(
      1,
    );
  });

  test.each([
    ['key exchange', { kex: ['diffie-hellman-group14-sha1'] }],
    ['host key', { hostKey: ['ssh-dss'] }],
    ['name', { kex: ['rot13'] }],
  ])('nothing but that: another %s', async (_what, ssh) => {
    const fault = await faultOf(limited(ssh), 'unreachable');

    expect(fault.message).toContain('handshake failed');
  });

  test('comes from the environment', () => {
    expect(sshAlgorithms({ SLUICE_SSH_KEX_ALGOS: 'a, b,', SLUICE_SSH_HOSTKEY_ALGOS: '' })).toEqual({
      kex: ['a', 'b'],
    });
  });
});

test('without a user in the URL it is git', () => {
  const keys = { identity: '', knownHosts: '' };

  expect(targetOf('ssh://example.com/a%20b.git', keys)).toMatchObject({
    ...{ host: 'example.com', port: 22, user: 'git', path: '/a b.git' },
  });
  expect(targetOf('ssh://me@[::1]:2222/~/a.git', keys)).toMatchObject({
    host: '::1',
    port: 2222,
    user: 'me',
  });
});

test('a look and the fetch behind it share a connection', async () => {
  const remote = open();
  await remote.lsRefs(['refs/heads/main']);
  await remote.fetchPack({ want: [head], depth: 1 }, 1_000_000);

  expect(dials).toBe(1);
});

test('a path cannot become a command', async () => {
  const canary = join(root, 'canary');
  const path = `/app.git'; touch '${canary}`;

  await faultOf(
    open({}, `${server.url.replace(root, '')}${encodeURI(root + path)}`).lsRefs(['']),
    'not-found',
  );
  expect(existsSync(canary)).toBe(false);
});

test.each([
  ['says nothing', () => {}, 'timeout'],
  [
    'speaks something else',
    (write: (text: string) => void) => write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'unreachable',
  ],
  ['hangs up', (_write: (text: string) => void, end: () => void) => end(), 'unreachable'],
] as const)('a server that %s is told', async (_what, answer, code) => {
  const odd = createServer((socket) => {
    socket.on('error', () => {});
    answer(
      (text) => socket.end(text),
      () => socket.end(),
    );
  });
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  const at = `ssh://127.0.0.1:${(odd.address() as AddressInfo).port}/app.git`;
  const auth = { identity: server.identity, knownHosts: server.knownHosts };
  try {
    await faultOf(git.open({ url: at, auth }, AbortSignal.timeout(1500)).lsRefs(['']), code);
  } finally {
    odd.close();
  }
});

function pkcs8Of(type: string): { type: string; identity: string; publicKey: string } {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-384' })
        : generateKeyPairSync('ed25519');
  const identity = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { type, identity, publicKey: authorizedKey(pair.publicKey.export({ format: 'jwk' })) };
}

/** RFC 4253 and 5656: the parts of a public key, each with its length. */
function authorizedKey(jwk: { kty?: string; x?: string; y?: string; n?: string; e?: string }): string {
  const part = (value: string | Buffer): Buffer => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const number = (value = ''): Buffer => {
    const bytes = Buffer.from(value, 'base64url');
    return part((bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
  };
  const point = Buffer.from([
    4,
    ...Buffer.from(jwk.x ?? '', 'base64url'),
    ...Buffer.from(jwk.y ?? '', 'base64url'),
  ]);
  const [name, ...parts] =
    jwk.kty === 'RSA'
      ? ['ssh-rsa', number(jwk.e), number(jwk.n)]
      : jwk.kty === 'EC'
        ? ['ecdsa-sha2-nistp384', part('nistp384'), part(point)]
        : ['ssh-ed25519', part(Buffer.from(jwk.x ?? '', 'base64url'))];
  const blob = Buffer.concat([part(name as string), ...(parts as Buffer[])]);
  return `${name} ${blob.toString('base64')}\n`;
}
