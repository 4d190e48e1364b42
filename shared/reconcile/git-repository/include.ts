import type { GitRepository, GitRepositoryInclude } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { API_VERSION } from '../../api/vocabulary.ts';
import {
  bytesOf,
  type Directory,
  directoryAt,
  elementsOf,
  findIn,
  type TreeFile,
} from '../../artifact/directory.ts';
import type { ArtifactLimits } from '../../artifact/limits.ts';
import { loadDirectory } from '../../artifact/store.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import type { Scope } from '../reconciler.ts';
import type { Trouble } from '../source/seen.ts';

/** Where a repository that is not there yet is looked for again: source-controller's default of `--requeue-dependency`. */
const WAIT_MS = 30_000;

/** The present artifacts of what is included, in the order of the spec, or what is not there yet (GR-21). */
export async function readIncludes(
  object: GitRepository,
  scope: Scope,
): Promise<{ readonly artifacts: readonly Artifact[] } | { readonly trouble: Trouble }> {
  const artifacts: Artifact[] = [];
  for (const { repository } of object.spec.include ?? []) {
    const { namespace } = object.metadata;
    const reference = {
      apiVersion: API_VERSION.source,
      kind: 'GitRepository',
      namespace,
      name: repository.name,
    };
    const found = (await scope.cluster.get(reference)) as Partial<GitRepository> | undefined;
    if (found === undefined) {
      const message = `could not get resource for include '${repository.name}': GitRepository '${namespace}/${repository.name}' not found`;
      return { trouble: waiting('NotFound', message) };
    }
    const artifact = found.status?.artifact;
    if (artifact === undefined) {
      return { trouble: waiting('NoArtifact', `no artifact available for include '${repository.name}'`) };
    }
    artifacts.push(artifact);
  }
  return { artifacts };
}

/** Reads what is included, and tells how to put it into a tree. Faults: the store's; `conflict` when the place is taken or nothing is there. */
export async function copier(
  object: GitRepository,
  artifacts: readonly Artifact[],
  limits: ArtifactLimits,
  scope: Scope,
): Promise<(root: Directory) => void> {
  const { namespace } = object.metadata;
  const included = await Promise.all(
    (object.spec.include ?? []).map(async (include, index) => {
      const owner = {
        cluster: scope.record.id,
        kind: 'GitRepository',
        namespace,
        name: include.repository.name,
      };
      const artifact = artifacts[index];
      if (artifact === undefined) throw new Fault('not-found', 'there is no artifact', {});
      return { include, tree: await loadDirectory(scope.ports.store, owner, artifact, limits) };
    }),
  );
  return (root) => {
    for (const { include, tree } of included) copy(root, tree, include);
  };
}

/** Trouble of a copy; anything else is not about includes. */
export function copyTrouble(error: unknown): Trouble | undefined {
  if (!isFault(error) || error.data.about !== 'include') return undefined;
  return { condition: 'StorageOperationFailed', reason: 'CopyFailure', message: messageOf(error) };
}

function copy(
  root: Directory,
  tree: Directory,
  { repository, fromPath = '', toPath }: GitRepositoryInclude,
): void {
  const target = toPath || repository.name;
  const refuse = (why: string): Fault =>
    new Fault(
      'conflict',
      `failed to copy '${repository.name}' include from ${fromPath} to ${target}: ${why}`,
      {
        about: 'include',
      },
    );
  const what = findIn(tree, inside(fromPath));
  if (what === undefined) throw refuse('no such file or directory');
  const names = elementsOf(inside(target));
  const name = names.pop();
  if (name === undefined) throw refuse('file exists');
  try {
    const parent = directoryAt(root, names.join('/'));
    if (!gives(parent.children.get(name), what)) throw refuse('file exists');
    parent.children.set(name, what);
  } catch (error) {
    throw isFault(error, 'malformed') ? refuse('not a directory') : error;
  }
}

/** As a rename: a file takes a file's place, a directory an empty one's. */
function gives(before: Directory | TreeFile | undefined, what: Directory | TreeFile): boolean {
  if (before === undefined) return true;
  if (before.kind !== 'directory') return what.kind !== 'directory';
  return what.kind === 'directory' && before.children.size === 0;
}

/** Going up stops at the root, as upstream's secure join does. */
function inside(path: string): string {
  const names: string[] = [];
  for (const name of elementsOf(bytesOf(path))) {
    if (name === '..') names.pop();
    else names.push(name);
  }
  return names.join('/');
}

function waiting(reason: string, message: string): Trouble {
  return { condition: 'IncludeUnavailable', reason, message, afterMs: WAIT_MS };
}
