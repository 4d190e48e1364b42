import ssh2, { type Channel, type Client } from 'ssh2';
import { Fault, messageOf } from '../../../core/failures.ts';
import { decodePercent } from '../../../core/percent.ts';
import { sshFingerprint } from '../../../core/ssh-wire.ts';
import type { Dial } from '../../http/dial.ts';
import { identityOf } from './identity.ts';
import { type HostVerdict, readKnownHosts, SSH_PORT } from './known-hosts.ts';

/** Who asks, and which servers may answer. */
export interface SshKeys {
  readonly identity: string;
  readonly knownHosts: string;
  readonly passphrase?: string;
}

/** Where a repository is, and who asks. */
export interface SshTarget extends SshKeys {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Percent-decoded, with its leading slash. */
  readonly path: string;
}

/** Algorithms that a deployment allows; the library's own lists when absent. */
export interface SshAlgorithms {
  readonly kex?: readonly string[];
  readonly hostKey?: readonly string[];
}

const VERDICT: Readonly<Record<Exclude<HostVerdict, 'known'>, string>> = {
  unknown: 'key is unknown',
  mismatch: 'key mismatch',
  revoked: 'key is revoked',
};

/** `ssh://[user@]host[:port]/path`; the user is `git` when none is named. Faults: `invalid`. */
export function targetOf(address: string, keys: SshKeys): SshTarget {
  const url = URL.parse(address);
  if (url === null) throw new Fault('invalid', 'the repository URL is not a URL', {});
  return {
    ...keys,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? SSH_PORT : Number(url.port),
    user: decodePercent(url.username) || 'git',
    path: decodePercent(url.pathname),
  };
}

/** A connection on which the server's key and ours were accepted. Faults: `unreachable`, `timeout`, `egress-denied`, `unauthorized`, `invalid`. */
export async function connectSsh(
  target: SshTarget,
  dial: Dial,
  algorithms: SshAlgorithms,
  signal: AbortSignal,
): Promise<Client> {
  const key = identityOf(target.identity, target.passphrase);
  const known = readKnownHosts(target.knownHosts);
  const sock = await dial(target.host, target.port, signal);
  const client = new ssh2.Client();
  let refusal: Fault | undefined;
  const hostVerifier = (shown: Buffer): boolean => {
    const verdict = known.judge(target.host, target.port, shown);
    if (verdict !== 'known') refusal = hostRefused(verdict, target, shown);
    return verdict === 'known';
  };
  const serverHostKey = hostKeyAlgorithms(known.typesOf(target.host, target.port), algorithms.hostKey);
  await new Promise<void>((resolve, reject) => {
    const late = (): void => {
      client.destroy();
      reject(timeout(target.host));
    };
    signal.addEventListener('abort', late, { once: true });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', late);
      finish();
    };
    client.on('ready', () => settle(resolve));
    client.on('error', (error) => settle(() => reject(refusal ?? faultOf(error, target.host))));
    client.on('close', () => settle(() => reject(refusal ?? hungUp(target.host))));
    try {
      client.connect({
        ...key,
        sock,
        username: target.user,
        hostVerifier,
        readyTimeout: 0,
        algorithms: {
          ...(serverHostKey && { serverHostKey }),
          ...(algorithms.kex && { kex: algorithms.kex }),
        },
      });
    } catch (error) {
      // An algorithm that it does not know.
      settle(() => reject(faultOf(error as Error, target.host)));
    }
    if (signal.aborted) late();
  });
  return client;
}

/** Starts `git-upload-pack`, asking for version 2 of the protocol, which a server may leave unheard. */
export function uploadPack(client: Client, path: string): Promise<Channel> {
  const command = `git-upload-pack '${path.replaceAll("'", "'\\''")}'`;
  return new Promise((resolve, reject) => {
    client.exec(command, { env: { GIT_PROTOCOL: 'version=2' } }, (error, channel) => {
      if (error) reject(new Fault('server-error', 'the Git server does not run git-upload-pack', {}, error));
      else resolve(channel);
    });
  });
}

export function timeout(host: string): Fault {
  return new Fault('timeout', `'${host}' did not answer in time`, { host });
}

/** Asks for keys that are known, so that a server with several shows one of them; RSA keys sign in three ways. */
function hostKeyAlgorithms(
  types: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] | undefined {
  const known = types.flatMap((type) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type],
  );
  if (known.length === 0) return allowed;
  const both = allowed === undefined ? known : known.filter((type) => allowed.includes(type));
  // Of an empty list the library would make its own.
  return both.length === 0 ? allowed : both;
}

function hostRefused(verdict: Exclude<HostVerdict, 'known'>, { host }: SshTarget, shown: Buffer): Fault {
  const text = `ssh: handshake failed: knownhosts: ${VERDICT[verdict]}: '${host}' shows ${sshFingerprint(shown)}`;
  return new Fault(
    'unauthorized',
    `${text}; compare it with what the host publishes, then add it to 'known_hosts'`,
    {
      host,
      verdict,
    },
  );
}

function faultOf(error: Error & { readonly level?: string }, host: string): Fault {
  if (error.level === 'client-authentication')
    return new Fault(
      'unauthorized',
      `ssh: handshake failed: '${host}' does not accept the key in 'identity'`,
      { host },
    );
  return new Fault(
    'unreachable',
    `ssh: handshake failed with '${host}': ${messageOf(error)}`,
    { host },
    error,
  );
}

function hungUp(host: string): Fault {
  return new Fault('unreachable', `ssh: '${host}' closed the connection`, { host });
}
