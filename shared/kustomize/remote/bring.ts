import { posix } from 'node:path';
import { sha256Hex } from '../../core/digests.ts';
import { Fault, messageOf } from '../../core/failures.ts';
import type { Role } from '../fields.ts';
import { joinPath } from '../paths.ts';
import { isRemote, type Remote, remoteOf } from './address.ts';
import { MAX_REMOTES, REMOTE_PREFIX, type Remotes } from './remotes.ts';

/** A tree that grows by what is fetched. */
export interface Growing {
  readonly tree: Map<string, Uint8Array>;
  readonly directories: Set<string>;
  readonly remotes: Remotes;
  /** Where each remote thing lies, or why it is not there. */
  readonly fetched: Map<string, Promise<string>>;
}

/** The path of a local copy of what `text` names, seen from `directory`; `text` itself when it is not remote. Faults: of the ports, `invalid`. */
export async function bring(growing: Growing, text: string, directory: string, role: Role): Promise<string> {
  if (!isRemote(text)) return text;
  const remote = remoteOf(text, role === 'resource' || role === 'component');
  if (remote.kind === 'refused') throw new Fault('invalid', `remote '${shown(text)}' ${remote.why}`);
  const key = JSON.stringify(remote.kind === 'file' ? remote.url : remote.repository);
  let place = growing.fetched.get(key);
  if (place === undefined) {
    if (growing.fetched.size >= MAX_REMOTES)
      throw new Fault('too-large', `more than ${MAX_REMOTES} remote files and repositories in one build`);
    place = fetchInto(growing, remote, `${REMOTE_PREFIX}${sha256Hex(key).slice(0, 16)}`);
    growing.fetched.set(key, place);
  }
  try {
    const mount = await place;
    const target = remote.kind === 'repository' ? joinPath(mount, remote.path).replace(/\/$/, '') : mount;
    return posix.relative(`/${directory}`, `/${target}`) || '.';
  } catch (error) {
    throw new Fault('invalid', `remote '${shown(text)}': ${messageOf(error)}`, {}, error);
  }
}

type Wanted = Exclude<Remote, { readonly kind: 'refused' }>;

async function fetchInto(growing: Growing, remote: Wanted, mount: string): Promise<string> {
  if (remote.kind === 'file') {
    const name = posix.basename(URL.parse(remote.url)?.pathname ?? '').replace(/[^A-Za-z0-9._-]/g, '_');
    const path = `${mount}/${name || 'file'}`;
    put(growing, path, await growing.remotes.file(remote.url));
    return path;
  }
  const files = await growing.remotes.repository(remote.repository);
  for (const [path, bytes] of files) put(growing, `${mount}/${path}`, bytes);
  return mount;
}

function put({ tree, directories }: Growing, path: string, bytes: Uint8Array): void {
  tree.set(path, bytes);
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const directory = path.slice(0, at);
    if (directories.has(directory)) break;
    directories.add(directory);
  }
}

/** Without what may be a token. */
function shown(text: string): string {
  return text
    .replace(/\/\/[^/@]*@/, '//')
    .replace(/\?.*$/, '?…')
    .slice(0, 200);
}
