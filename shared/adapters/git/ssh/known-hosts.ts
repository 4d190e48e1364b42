import { createHmac } from 'node:crypto';

/** One usable line of a `known_hosts` file. */
interface KnownHost {
  readonly revoked: boolean;
  readonly matches: (name: string) => boolean;
  readonly type: string;
  /** The key as SSH sends it, in base64. */
  readonly key: string;
}

/** What a `known_hosts` file says of the key that a server shows. */
export type HostVerdict = 'known' | 'unknown' | 'mismatch' | 'revoked';

/** The keys of hosts that are trusted, in OpenSSH's format. */
export interface KnownHosts {
  judge(host: string, port: number, key: Buffer): HostVerdict;
  /** Types of keys known of this host, such as `ssh-ed25519`, in the file's order. */
  typesOf(host: string, port: number): readonly string[];
}

/** Of `ssh://host` without a port. */
export const SSH_PORT = 22;

/** Reads sshd(8)'s format: hashed names, `[host]:port`, `*` and `?`, `!` and `@revoked`; certificate authorities are not trusted. */
export function readKnownHosts(text: string): KnownHosts {
  const hosts = text.split('\n').flatMap((line) => knownHost(line) ?? []);
  const of = (host: string, port: number): readonly KnownHost[] => {
    const name = nameOf(host, port);
    return hosts.filter(({ matches }) => matches(name));
  };
  return {
    judge(host, port, key) {
      const shown = key.toString('base64');
      const known = of(host, port);
      const same = known.filter((each) => each.key === shown);
      if (same.some(({ revoked }) => revoked)) return 'revoked';
      if (same.length > 0) return 'known';
      return known.some(({ revoked }) => !revoked) ? 'mismatch' : 'unknown';
    },
    typesOf: (host, port) => [
      ...new Set(
        of(host, port)
          .filter(({ revoked }) => !revoked)
          .map(({ type }) => type),
      ),
    ],
  };
}

function knownHost(line: string): KnownHost | undefined {
  const words = line.trim().split(/\s+/);
  if (words[0] === '' || words[0]?.startsWith('#')) return undefined;
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  if (marker !== undefined && marker !== '@revoked') return undefined;
  const [names = '', type = '', key = ''] = words;
  if (key === '') return undefined;
  const matches = names.startsWith('|1|') ? hashed(names) : listed(names);
  return { revoked: marker === '@revoked', matches, type, key };
}

function hashed(name: string): (host: string) => boolean {
  const [, , salt = '', digest = ''] = name.split('|');
  const secret = Buffer.from(salt, 'base64');
  return (host) => createHmac('sha1', secret).update(host).digest('base64') === digest;
}

function listed(names: string): (host: string) => boolean {
  const patterns = names.split(',').map((name) => ({
    not: name.startsWith('!'),
    pattern: name.replace(/^!/, '').toLowerCase(),
  }));
  return (host) => {
    const hits = patterns.filter(({ pattern }) => isLike(host, pattern));
    return hits.length > 0 && !hits.some(({ not }) => not);
  };
}

/** Whether `*` and `?` make the pattern the host's; goes back to the last star only, so that no pattern takes long. */
function isLike(host: string, pattern: string): boolean {
  let [at, star, taken] = [0, -1, 0];
  for (let next = 0; next < host.length; ) {
    if (pattern[at] === '*') [star, taken] = [at++, next];
    else if (pattern[at] === '?' || pattern[at] === host[next]) [at, next] = [at + 1, next + 1];
    else if (star === -1) return false;
    else {
      taken += 1;
      [at, next] = [star + 1, taken];
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

function nameOf(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return port === SSH_PORT ? bare : `[${bare}]:${port}`;
}
