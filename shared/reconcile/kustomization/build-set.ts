import { GROUP, REASON } from '../../api/vocabulary.ts';
import { areLarge, limitsFor } from '../../artifact/limits.ts';
import { cachedTree } from '../../artifact/tree-cache.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { together } from '../../core/together.ts';
import type { Decryptor } from '../../decrypt/decryptor.ts';
import { type Built, build } from '../../kustomize/build.ts';
import type { Scope } from '../reconciler.ts';
import { asLarge, hasOutgrown, noteOutgrown, type Size } from '../room.ts';
import type { Attempt } from './attempt.ts';
import { type Pin, type PinnedRemotes, remotesFor } from './remote-bases.ts';
import { failed, type Report } from './report.ts';
import { sourceTree } from './source-tree.ts';

/** Packed, bytes: measured to build in less than a request takes. */
const SMALL_ARTIFACT = 64 * 1024;

/** What is to be applied. */
export type BuiltSet = Built & {
  readonly ok: true;
  /** What was fetched besides the source. */
  readonly remotes: readonly Pin[];
};

/**
 * Fetches the source and builds it, or says why not; what is large, or builds on other repositories, when it is its turn
 * in this worker: the files are let go with it. Throws Postponed.
 */
export async function buildSet(
  attempt: Attempt,
  decryptor: Decryptor | undefined,
): Promise<Report | BuiltSet> {
  const { artifact, scope } = attempt;
  const { digest } = artifact;
  if (!areLarge([artifact]) && !hasOutgrown(scope, digest)) {
    const built = await prepare(attempt, decryptor, 'small').catch((error: unknown) => {
      if (!isFault(error, 'too-large')) throw error;
      return undefined;
    });
    if (built !== undefined) return built;
    noteOutgrown(scope, digest);
  }
  return asLarge(scope, () => prepare(attempt, decryptor, 'large'));
}

/** Fault `too-large` of a small build. */
async function prepare(
  attempt: Attempt,
  decryptor: Decryptor | undefined,
  size: Size,
): Promise<Report | BuiltSet> {
  const { object, artifact, seen, scope, show } = attempt;
  const brief = isAtHand(attempt);
  // The cluster's state is only needed for the apply, and read meanwhile.
  const [tree] = await together([
    sourceTree(object, artifact, limitsFor(size), scope),
    show('Fetching manifests', { brief }),
    seen.place.state(),
  ]);
  if (tree === undefined) return { kind: 'artifact-gone', at: scope.ports.clock.now() };
  if (typeof tree === 'string') return failed(scope, REASON.artifactFailed, tree, false);
  await show('Building manifests', { brief });
  const { name, namespace } = object.metadata;
  const owner = { name, namespace, group: GROUP.kustomize };
  const { exec, clock } = scope.ports;
  const { variables } = seen;
  const strict = isOpen('StrictPostBuildSubstitutions', scope.record.settings);
  const { remotes, wereMissed } = remotesWithin(size, scope);
  const request = { tree, spec: object.spec, owner, variables, strict, exec, clock, decryptor, remotes };
  const built = await build({ ...request, signal: scope.signal });
  if (wereMissed()) throw new Fault('too-large', 'it builds on other repositories');
  if (!built.ok) return failed(scope, built.reason, built.message, built.reason !== REASON.artifactFailed);
  return { ...built, remotes: remotes?.pins ?? [] };
}

/** A small build fetches nothing besides its source, and remembers that it would have to. */
function remotesWithin(
  size: Size,
  scope: Scope,
): { readonly remotes: PinnedRemotes | undefined; readonly wereMissed: () => boolean } {
  const remotes = remotesFor(scope);
  if (size === 'large' || remotes === undefined) return { remotes, wereMissed: () => false };
  let wereMissed = false;
  const miss = async (): Promise<never> => {
    wereMissed = true;
    throw new Fault('too-large', 'it builds on other repositories');
  };
  return { remotes: { pins: [], file: miss, repository: miss }, wereMissed: () => wereMissed };
}

/** Whether fetching and building take milliseconds: a small artifact that another object has just used. */
function isAtHand({ artifact, scope }: Attempt): boolean {
  const { digest, size = Number.POSITIVE_INFINITY } = artifact;
  return size <= SMALL_ARTIFACT && cachedTree(scope.ports.store, digest) !== undefined;
}
