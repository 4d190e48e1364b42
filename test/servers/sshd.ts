import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { answersOn, freePorts } from './ports.ts';

/** Where Debian and the rest of the world put it. */
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((file) => existsSync(file));

export interface SshServerOptions {
  /** Does not hear the client's wish for a newer protocol, as servers from before 2018 do. */
  readonly onlyV0?: boolean;
  /** A file to which git writes the packets of each conversation. */
  readonly trace?: string;
  /** Types of host keys, as `ssh-keygen -t` takes them. */
  readonly hostKeys?: readonly string[];
}

export interface SshServer {
  /** Such as `ssh://root@127.0.0.1:40123/tmp/root`; a repository is at `<url>/<name>.git`. */
  readonly url: string;
  readonly port: number;
  /** A private key that is let in. */
  readonly identity: string;
  /** What `ssh-keyscan` would print. */
  readonly knownHosts: string;
  stop(): Promise<void>;
}

export function hasSshd(): boolean {
  return SSHD !== undefined;
}

/** A new key pair by `ssh-keygen`: its files' texts. */
export function sshKey(
  type: string,
  options: { passphrase?: string; format?: string; bits?: number } = {},
): {
  readonly identity: string;
  readonly publicKey: string;
} {
  const directory = mkdtempSync(join(tmpdir(), 'ssh-key-'));
  const file = join(directory, 'key');
  const { passphrase = '', format, bits } = options;
  const more = [...(format ? ['-m', format] : []), ...(bits ? ['-b', String(bits)] : [])];
  try {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', file, ...more]);
    return { identity: readFileSync(file, 'utf8'), publicKey: readFileSync(`${file}.pub`, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A real OpenSSH server on loopback that lets `authorized` in and serves what is under `root`. */
export async function startSshServer(
  root: string,
  { onlyV0 = false, trace, hostKeys = ['ed25519'] }: SshServerOptions = {},
  authorized: readonly string[] = [],
): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), 'sshd-'));
  const own = sshKey('ed25519');
  const hosts = hostKeys.map((type) => ({ type, ...sshKey(type) }));
  const [port = 0] = await freePorts(1);
  writeFileSync(join(directory, 'authorized_keys'), [own.publicKey, ...authorized].join(''));
  for (const { type, identity } of hosts) {
    writeFileSync(join(directory, type), identity);
    chmodSync(join(directory, type), 0o600);
  }
  writeFileSync(
    join(directory, 'config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...hosts.map(({ type }) => `HostKey ${join(directory, type)}`),
      `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
      `PidFile ${join(directory, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'MaxStartups 100',
      ...(onlyV0 ? [] : ['AcceptEnv GIT_PROTOCOL']),
      ...(trace === undefined ? [] : [`SetEnv GIT_TRACE_PACKET=${trace}`]),
      '',
    ].join('\n'),
  );
  // As root it keeps its unprivileged half here.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(SSHD ?? 'sshd', ['-D', '-e', '-f', join(directory, 'config')], { stdio: 'ignore' });
  await answersOn(port, child);
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}${root}`,
    port,
    identity: own.identity,
    knownHosts: hosts
      .map(({ publicKey }) => `[127.0.0.1]:${port} ${publicKey.split(' ').slice(0, 2).join(' ')}\n`)
      .join(''),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
