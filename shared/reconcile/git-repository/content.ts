import type { GitRepository, GitRepositoryInclude } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { CONDITION } from '../../api/vocabulary.ts';
import { hasStatus } from '../../core/conditions.ts';

/** Which objects must be signed. */
export type VerificationMode = 'HEAD' | 'Tag' | 'TagAndHEAD';

/** Whether what decides over the artifact's content, but for what is included, differs from what the last one was made with (GR-09). */
export function contentConfigChanged({ spec, status = {} }: GitRepository): boolean {
  const { observedIgnore, observedRecurseSubmodules = false, observedSparseCheckout = [] } = status;
  const { ignore, recurseSubmodules = false, sparseCheckout = [] } = spec;
  if (ignore !== observedIgnore || recurseSubmodules !== observedRecurseSubmodules) return true;
  if (sparseCheckout.length !== observedSparseCheckout.length) return true;
  return sparseCheckout.some((path, index) => path !== observedSparseCheckout[index]);
}

/** Whether other artifacts are included than those that the present one was made with. */
export function includesChanged(object: GitRepository, artifacts: readonly Artifact[]): boolean {
  const { include = [] } = object.spec;
  const { observedInclude = [], includedArtifacts = [] } = object.status ?? {};
  if (include.length !== observedInclude.length || artifacts.length !== includedArtifacts.length) return true;
  return include.some((one, index) => {
    const [before, then, now] = [observedInclude[index], includedArtifacts[index], artifacts[index]];
    return !isSame(one, before) || then?.revision !== now?.revision || then?.digest !== now?.digest;
  });
}

function isSame(one: GitRepositoryInclude, other: GitRepositoryInclude | undefined): boolean {
  return (
    one.repository.name === other?.repository.name &&
    one.fromPath === other.fromPath &&
    one.toPath === other.toPath
  );
}

/** What is verified: the commit, the tag, or both; `head` is an old spelling (GR-17). */
export function modeOf({ spec }: GitRepository): VerificationMode | undefined {
  const mode = spec.verify?.mode;
  return mode === 'head' ? 'HEAD' : mode;
}

/** Whether what is stored was not verified as is asked for now (GR-19). */
export function requiresVerification(object: GitRepository): boolean {
  const mode = modeOf(object);
  if (mode === undefined) return false;
  const { conditions, sourceVerificationMode } = object.status ?? {};
  return sourceVerificationMode !== mode || !hasStatus(conditions, CONDITION.sourceVerified, 'True');
}
