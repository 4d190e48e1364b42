import { Buffer } from 'node:buffer';
import type { Directory } from '../../artifact/directory.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../../artifact/limits.ts';
import { readPack } from '../../artifact/pack.ts';
import { checkOut } from '../../artifact/pack-commit.ts';
import { fillSubmodules } from '../../artifact/submodules.ts';
import { sha256Hex } from '../../core/digests.ts';
import { Fault, isFault } from '../../core/failures.ts';
import type { Repository } from '../../kustomize/remote/address.ts';
import type { Remotes } from '../../kustomize/remote/remotes.ts';
import type { FileTree, GitRemote } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

const MIB = 1024 * 1024;

/** One repository; those with bases are small, and the build reads 16 MiB at most. */
const LIMITS: ArtifactLimits = { ...DEFAULT_LIMITS, packBytes: 64 * MIB, inflatedBytes: 128 * MIB };

/** All that one build fetches. */
const MAX_BYTES = 128 * MIB;

/** One file behind a URL: as much YAML as one text may have. */
const MAX_FILE_BYTES = 8 * MIB;

const FILE_MS = 27_000;

/** What was fetched from where, and what it was: a line of text, so that it can be looked at again. */
export type Pin = string;

/** Fetches for one build, and remembers what was fetched. */
export interface PinnedRemotes extends Remotes {
  readonly pins: Pin[];
}

/** How the objects of a cluster fetch what is outside of their source; undefined where that is not allowed, which it never is under lockdown. */
export function remotesFor(scope: Scope): PinnedRemotes | undefined {
  const { remoteBases, profile } = scope.record.settings;
  if (remoteBases !== true || profile === 'lockdown') return undefined;
  const pins: Pin[] = [];
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
    if (bytes > MAX_BYTES)
      throw new Fault('too-large', `more than ${MAX_BYTES} bytes of remote files in one build`);
  };
  return {
    pins,
    async file(url) {
      const body = await fetchFile(url, scope);
      count(body.length);
      pins.push(JSON.stringify(['file', url, sha256Hex(body)]));
      return body;
    },
    async repository(repository) {
      const signal = AbortSignal.any([scope.signal, scope.ports.clock.timeout(repository.milliseconds)]);
      const open = (url: string) => opened(url, scope, signal);
      const remote = open(repository.url);
      const { want, commit } = await tipOf(remote, repository);
      const pack = await remote.fetchPack({ want: [want], depth: 1 }, LIMITS.packBytes);
      count(pack.length);
      const { tree } = checkOut(readPack(pack, LIMITS), { want, commit }, { limits: LIMITS });
      if (repository.submodules && tree.submodules.size > 0) {
        await fillSubmodules(tree, repository.url, open, LIMITS);
      }
      pins.push(JSON.stringify(['repository', repository, commit]));
      return filesOf(tree.root);
    },
  };
}

/** What pins stand for now: equal pins when nothing has moved. */
export async function lookAgain(pins: readonly Pin[], scope: Scope): Promise<readonly Pin[]> {
  return Promise.all(
    pins.map(async (pin) => {
      const [kind, what, known] = JSON.parse(pin) as [string, string | Repository, string];
      try {
        if (typeof what === 'string') {
          return JSON.stringify([kind, what, sha256Hex(await fetchFile(what, scope))]);
        }
        // A commit's id cannot move.
        if (isCommit(what.ref)) return pin;
        const signal = AbortSignal.any([scope.signal, scope.ports.clock.timeout(what.milliseconds)]);
        const { commit } = await tipOf(opened(what.url, scope, signal), what);
        return JSON.stringify([kind, what, commit]);
      } catch (error) {
        if (scope.signal.aborted || !isFault(error)) throw error;
        // The build says what is wrong.
        return JSON.stringify([kind, what, `${known}?`]);
      }
    }),
  );
}

/** The digest of what was fetched; empty when nothing was. */
export function pinsDigest(pins: readonly Pin[]): string {
  return pins.length === 0 ? '' : `+${sha256Hex([...pins].sort().join('\n'))}`;
}

function opened(url: string, scope: Scope, signal: AbortSignal): GitRemote {
  return scope.ports.git.open({ url, auth: {}, profile: scope.record.settings.profile }, signal);
}

async function fetchFile(url: string, scope: Scope): Promise<Uint8Array> {
  const signal = AbortSignal.any([scope.signal, scope.ports.clock.timeout(FILE_MS)]);
  const http = scope.ports.http(scope.record.settings.profile);
  const { status, body } = await http.request({ method: 'GET', url, signal, maxBytes: MAX_FILE_BYTES });
  if (status < 200 || status > 299) throw new Fault('not-found', `the server answered ${status}`, { status });
  return body;
}

function isCommit(ref: string | undefined): boolean {
  return ref !== undefined && /^[0-9a-f]{40}$/.test(ref);
}

/** What to fetch and the commit that it is: as `git fetch` reads a ref, tags before branches. */
async function tipOf(
  remote: GitRemote,
  { ref }: Repository,
): Promise<{ readonly want: string; readonly commit: string }> {
  if (ref !== undefined && isCommit(ref)) return { want: ref, commit: ref };
  const names = ref === undefined ? ['HEAD'] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
  const refs = await remote.lsRefs(names);
  for (const name of names) {
    const found = refs.find((one) => one.name === name);
    if (found) return { want: found.id, commit: found.peeled ?? found.id };
  }
  throw new Fault(
    'not-found',
    `there is no ${ref === undefined ? 'default branch' : `branch or tag '${ref}'`}`,
  );
}

function filesOf(root: Directory): FileTree {
  const files = new Map<string, Uint8Array>();
  const enter = (directory: Directory, prefix: string) => {
    for (const [name, child] of directory.children) {
      const path = `${prefix}${Buffer.from(name, 'latin1').toString('utf8')}`;
      if (child.kind === 'directory') enter(child, `${path}/`);
      else files.set(path, child.data);
    }
  };
  enter(root, '');
  return files;
}
