import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addRemote,
  fetch as fetchPack,
  listServerRefs,
  push,
  readBlob,
  type ServerRef,
} from 'isomorphic-git';
import { Fault, isFault, messageOf } from '../../../shared/core/failures.ts';
import type { Http } from '../../../shared/ports.ts';
import type { Author } from './commits.ts';
import { fileSystem } from './file-system.ts';
import { moveRef } from './refs.ts';
import { smartHttp } from './smart-http.ts';
import { commit, createRepository } from './write.ts';

/** A branch of a repository on an HTTP(S) server, and who asks. */
export interface RemoteAddress {
  readonly url: string;
  readonly branch: string;
  readonly username: string;
  readonly password: string;
  /** PEM, added to the system's roots. */
  readonly ca?: string;
}

/** What a commit changes: texts by path, `/`-separated. */
export interface RemoteCommit {
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
  readonly author: Author;
  /** ISO 8601. */
  readonly at: string;
}

/** A branch as it was when it was opened. */
export interface RemoteBranch {
  /** The newest commit; undefined in an empty repository. */
  readonly head: string | undefined;
  /** A file's text; undefined when there is none. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Commits on top of `head` and pushes; returns the commit's id. Faults: `conflict` when the branch has moved, `forbidden` when the server refuses. */
  readonly push: (commit: RemoteCommit) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Opens a branch in a private directory, without a work tree and without history. Faults: `not-found`, `unauthorized`, `forbidden`, `unreachable`, `server-error`. */
export async function openRemoteBranch(address: RemoteAddress, http: Http): Promise<RemoteBranch> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-remote-'));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    const gitdir = await createRepository(directory, 'remote');
    const head = await take(gitdir, address, http);
    return {
      ...{ head, close },
      read: (path) => textAt(gitdir, head, path),
      push: (change) => send(gitdir, address, http, change),
    };
  } catch (error) {
    await close();
    throw faultOf(error, address);
  }
}

async function take(gitdir: string, address: RemoteAddress, http: Http): Promise<string | undefined> {
  const { url, branch } = address;
  // isomorphic-git writes into the headers that it is given.
  const reach = () => ({ http: smartHttp(http, address.ca), url, headers: headersOf(address) });
  const refs = await listServerRefs({ ...reach(), prefix: 'refs/heads/' });
  if (refs.length === 0) return undefined;
  const found = refs.find(({ ref }) => ref === `refs/heads/${branch}`);
  if (!found) throw noBranch(branch, refs);
  const remoteRef = `refs/heads/${branch}`;
  await addRemote({ fs: fileSystem, gitdir, remote: 'origin', url });
  const options = { singleBranch: true, depth: 1, tags: false };
  await fetchPack({ fs: fileSystem, gitdir, ref: branch, remoteRef, ...reach(), ...options });
  moveRef(gitdir, remoteRef, found.oid, undefined);
  return found.oid;
}

function noBranch(branch: string, refs: readonly ServerRef[]): Fault {
  const names = refs.map(({ ref }) => ref.replace('refs/heads/', '')).join(', ');
  return new Fault('not-found', `the repository has no branch ${branch}; it has ${names}`, { branch });
}

async function textAt(
  gitdir: string,
  head: string | undefined,
  filepath: string,
): Promise<string | undefined> {
  if (head === undefined) return undefined;
  try {
    const { blob } = await readBlob({ fs: fileSystem, gitdir, oid: head, filepath });
    return Buffer.from(blob).toString();
  } catch (error) {
    if (codeOf(error) === 'NotFoundError') return undefined;
    throw error;
  }
}

async function send(
  gitdir: string,
  address: RemoteAddress,
  http: Http,
  { files, message, author, at }: RemoteCommit,
): Promise<string> {
  const { url, branch: ref } = address;
  const id = await commit(gitdir, files, message, ref, at, author);
  const reach = { http: smartHttp(http, address.ca), url, headers: headersOf(address) };
  try {
    await push({ fs: fileSystem, gitdir, ref, remoteRef: `refs/heads/${ref}`, ...reach });
    return id;
  } catch (error) {
    throw faultOf(error, address);
  }
}

function headersOf({ username, password }: RemoteAddress): Record<string, string> {
  if (password === '') return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

const MOVED = { moved: true } as const;

/** isomorphic-git's own errors in our terms; of a moved branch it misses the objects, or says that it is no fast-forward. */
function faultOf(error: unknown, { branch, url }: RemoteAddress): Fault {
  if (isFault(error)) return error;
  const where = `${new URL(url).host}`;
  const code = codeOf(error);
  if (code === 'PushRejectedError' || code === 'NotFoundError')
    return new Fault('conflict', `branch ${branch} was changed meanwhile`, MOVED, error);
  if (code === 'GitPushError') {
    const text = messageOf(error).replaceAll(/\s+/g, ' ');
    const isMoved = /fetch first|non-fast-forward|stale|failed to update ref|cannot lock/i.test(text);
    if (isMoved) return new Fault('conflict', `branch ${branch} was changed meanwhile`, MOVED, error);
    return new Fault('forbidden', `${where} refuses the push to branch ${branch}: ${text}`, {}, error);
  }
  return new Fault('malformed', `${where} does not answer as a Git server: ${messageOf(error)}`, {}, error);
}
