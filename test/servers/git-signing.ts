import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './bare-repository.ts';
import { sshKey } from './sshd.ts';

/** Somebody who signs commits and tags with the real programs. */
export interface Signer {
  /** What a Secret holds: `*.asc` or `*.sshpub`. */
  readonly publicKey: string;
  /** As Flux tells it. */
  readonly id: string;
  /** Gives the tip of `branch` a signature; returns the new commit's id. */
  signCommit(repository: string, branch?: string): Promise<string>;
  /** A signed annotated tag; returns its own id. */
  signTag(repository: string, name: string, target: string): Promise<string>;
  close(): void;
}

/** With a key of `ssh-keygen`. */
export function sshSigner(type = 'ed25519'): Signer {
  const directory = mkdtempSync(join(tmpdir(), 'ssh-signer-'));
  const { identity, publicKey } = sshKey(type);
  const file = join(directory, 'key');
  writeFileSync(file, identity, { mode: 0o600 });
  writeFileSync(`${file}.pub`, publicKey);
  const listed = execFileSync('ssh-keygen', ['-l', '-f', `${file}.pub`], { encoding: 'utf8' });
  const config = ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file}`];
  const close = (): void => rmSync(directory, { recursive: true, force: true });
  return { publicKey, id: listed.split(' ')[1] ?? '', ...signing(config, {}), close };
}

/** With a key of GnuPG; with `then`, made and used on that first day of a year (such as `2020`), and of no use after the second. */
export function pgpSigner(name: string, then?: number): Signer & { readonly revoked: () => string } {
  const home = mkdtempSync(join(tmpdir(), 'gpg-'));
  if (then !== undefined) writeFileSync(join(home, 'gpg.conf'), `faked-system-time ${then}0101T000000!\n`);
  const env = { GNUPGHOME: home };
  const gpg = (...args: string[]): string =>
    execFileSync('gpg', ['--batch', '--quiet', ...args], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  gpg(
    '--passphrase',
    '',
    '--quick-generate-key',
    `${name} <${name}@example.com>`,
    'ed25519',
    'sign',
    then === undefined ? '0' : '1d',
  );
  const id = /^pub:[^:]*:[^:]*:[^:]*:([0-9A-F]+):/m.exec(gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  const close = (): void => {
    execFileSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, ...env } });
    rmSync(home, { recursive: true, force: true });
  };
  return {
    publicKey: gpg('--armor', '--export'),
    id,
    ...signing(['-c', `user.signingkey=${id}`], env),
    /** Revokes the key; returns what a Secret holds from then on. */
    revoked: () => {
      const folder = join(home, 'openpgp-revocs.d');
      const file = join(folder, readdirSync(folder)[0] ?? '');
      // GnuPG keeps the certificate with a colon before it, so that nobody imports it by accident.
      writeFileSync(file, readFileSync(file, 'utf8').replace(':-----BEGIN', '-----BEGIN'));
      gpg('--import', file);
      return gpg('--armor', '--export');
    },
    close,
  };
}

function signing(
  config: readonly string[],
  env: Record<string, string>,
): Pick<Signer, 'signCommit' | 'signTag'> {
  return {
    async signCommit(repository, branch = 'main') {
      const tip = await git(repository, ['rev-parse', `refs/heads/${branch}`]);
      const [tree, subject] = await Promise.all([
        git(repository, ['rev-parse', `${tip}^{tree}`]),
        git(repository, ['log', '-1', '--format=%B', tip]),
      ]);
      const signed = await git(
        repository,
        [...config, 'commit-tree', '-S', '-m', subject, '-p', tip, tree],
        env,
      );
      await git(repository, ['update-ref', `refs/heads/${branch}`, signed]);
      return signed;
    },
    async signTag(repository, name, target) {
      await git(repository, [...config, 'tag', '-f', '-s', '-m', `release ${name}`, name, target], env);
      return git(repository, ['rev-parse', `refs/tags/${name}`]);
    },
  };
}
