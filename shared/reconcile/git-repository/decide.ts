import type { GitRepository } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { CONDITION } from '../../api/vocabulary.ts';
import { hasStatus } from '../../core/conditions.ts';
import { modernRevision } from '../../core/revisions.ts';
import { isLost, type SourceSeen, type Trouble } from '../source/seen.ts';
import { contentConfigChanged, includesChanged, requiresVerification } from './content.ts';

export type { Trouble };

/** What the remote says of the reference. */
export interface Remote {
  /** Such as `main@sha1:<hex>` (GR-04). */
  readonly revision: string;
  readonly commit: string;
}

/** Everything that the decision rests on. */
export interface Seen extends SourceSeen {
  readonly remote: Remote | undefined;
  /** The artifacts of what is included, in the spec's order. */
  readonly includes: readonly Artifact[];
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
  if (isLost(seen)) {
    return { do: 'fetch', remote, why: 'building artifact: disappeared from storage' };
  }
  const { artifact, conditions } = object.status ?? {};
  if (modernRevision(artifact?.revision ?? '') !== remote.revision) {
    return { do: 'fetch', remote, why: `building artifact: new upstream revision '${remote.revision}'` };
  }
  if (includesChanged(object, seen.includes)) {
    const why = 'building artifact: included artifacts differ from last observed includes';
    return { do: 'fetch', remote, why };
  }
  if (contentConfigChanged(object)) return { do: 'fetch', remote, why: 'building artifact: spec changed' };
  if (requiresVerification(object)) return { do: 'fetch', remote, why: 'verifying signature' };
  const known = hasStatus(conditions, CONDITION.artifactInStorage, 'True');
  return known ? { do: 'keep', remote } : { do: 'fetch', remote, why: 'building artifact' };
}

function emptyRepository(): Trouble {
  return { condition: 'FetchFailed', reason: 'EmptyGitRepository', message: 'git repository is empty' };
}
