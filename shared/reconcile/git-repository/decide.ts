import type { GitRepository, GitRepositorySpec } from '../../api/git-repository.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import { hasStatus } from '../../core/conditions.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault } from '../../core/failures.ts';

/** Expected trouble, as the condition it becomes. */
export interface Trouble {
  readonly condition: 'FetchFailed' | 'StorageOperationFailed';
  readonly reason: string;
  readonly message: string;
  /** Nothing to retry: the user must act. */
  readonly stalling?: boolean;
}

/** What the remote says of the reference. */
export interface Remote {
  /** Such as `main@sha1:<hex>` (GR-04). */
  readonly revision: string;
  readonly commit: string;
}

/** Everything that the decision rests on. */
export interface Seen {
  readonly now: Date;
  /** The advertised artifact in the store: there, absent from status, gone, or other bytes than its digest says (COM-15). */
  readonly stored: 'there' | 'none' | 'gone' | 'corrupt';
  readonly remote: Remote | undefined;
  readonly trouble: Trouble | undefined;
}

/** What to do about a GitRepository. */
export type Plan =
  | { readonly do: 'fail'; readonly trouble: Trouble }
  /** The remote is where the artifact is, and what makes up its content is unchanged (GR-08, GR-09). */
  | { readonly do: 'keep'; readonly remote: Remote }
  | { readonly do: 'fetch'; readonly remote: Remote; readonly why: string };

/** Decides from the remote's answer and the store's: keep, fetch or say what is wrong. */
export function decide(object: GitRepository, seen: Seen): Plan {
  if (seen.trouble !== undefined) return { do: 'fail', trouble: seen.trouble };
  const { remote } = seen;
  if (remote === undefined) return { do: 'fail', trouble: emptyRepository() };
  if (seen.stored === 'gone' || seen.stored === 'corrupt') {
    return { do: 'fetch', remote, why: 'building artifact: disappeared from storage' };
  }
  const { artifact, conditions } = object.status ?? {};
  if (artifact?.revision !== remote.revision) {
    return { do: 'fetch', remote, why: `building artifact: new upstream revision '${remote.revision}'` };
  }
  if (contentConfigChanged(object)) return { do: 'fetch', remote, why: 'building artifact: spec changed' };
  const known = hasStatus(conditions, CONDITION.artifactInStorage, 'True');
  return known ? { do: 'keep', remote } : { do: 'fetch', remote, why: 'building artifact' };
}

/** Whether what decides over the artifact's content differs from what the last one was made with (GR-09). */
export function contentConfigChanged({ spec, status = {} }: GitRepository): boolean {
  // Fields that are refused may have been obeyed by the in-cluster controller before a hand-over.
  const { observedRecurseSubmodules = false, observedInclude = [], observedSparseCheckout = [] } = status;
  if (observedRecurseSubmodules || observedInclude.length > 0 || observedSparseCheckout.length > 0)
    return true;
  return spec.ignore !== status.observedIgnore;
}

function emptyRepository(): Trouble {
  return { condition: 'FetchFailed', reason: 'EmptyGitRepository', message: 'git repository is empty' };
}

/** The first field of the spec that is not built yet, as trouble that stalls; never ignored. */
export function unsupported(spec: GitRepositorySpec): Trouble | undefined {
  const asked = [
    [spec.url.startsWith('ssh://'), 'spec.url with ssh'],
    [spec.provider !== undefined && spec.provider !== 'generic', `spec.provider ${spec.provider}`],
    [spec.serviceAccountName !== undefined, 'spec.serviceAccountName'],
    [spec.proxySecretRef !== undefined, 'spec.proxySecretRef'],
    [spec.verify !== undefined, 'spec.verify'],
    [spec.recurseSubmodules === true, 'spec.recurseSubmodules'],
    [(spec.include ?? []).length > 0, 'spec.include'],
    [(spec.sparseCheckout ?? []).length > 0, 'spec.sparseCheckout'],
  ] as const;
  const first = asked.find(([present]) => present);
  if (first === undefined) return invalidDuration(spec);
  const message = `${first[1]} is not supported by this version of Sluice; remove it, or leave this object to Flux`;
  return { condition: 'FetchFailed', reason: REASON.notSupported, message, stalling: true };
}

/** The CRD's pattern lets through durations that do not fit Go's 64 bits. */
function invalidDuration(spec: GitRepositorySpec): Trouble | undefined {
  for (const field of ['interval', 'timeout'] as const) {
    try {
      parseDuration(spec[field] ?? '0s');
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
      const message = `spec.${field} is invalid: ${error.message}`;
      return { condition: 'FetchFailed', reason: REASON.invalidSpec, message, stalling: true };
    }
  }
  return undefined;
}
