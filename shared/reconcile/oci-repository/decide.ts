import type { OCILayerSelector, OCIRepository } from '../../api/oci-repository.ts';
import { CONDITION } from '../../api/vocabulary.ts';
import { conditionOf, hasStatus } from '../../core/conditions.ts';
import { isLost, type SourceSeen, type Trouble } from '../source/seen.ts';

export type { Trouble };

/** What the registry says of the reference. */
export interface Remote {
  /** `<tag>@sha256:<hex>`, or `sha256:<hex>` for a reference by digest (OCI-04). */
  readonly revision: string;
  /** `sha256:<hex>`: what is verified and pulled. */
  readonly digest: string;
  /** Such as `ghcr.io/org/app:latest`. */
  readonly reference: string;
}

/** Everything that the decision rests on. */
export interface Seen extends SourceSeen {
  readonly remote: Remote | undefined;
  readonly trouble: Trouble | undefined;
}

/** What to do about an OCIRepository. */
export type Plan =
  | { readonly do: 'fail'; readonly trouble: Trouble }
  /** The registry is where the artifact is, and what makes up its content is unchanged (OCI-05). */
  | { readonly do: 'keep'; readonly remote: Remote; readonly verify: boolean }
  | { readonly do: 'fetch'; readonly remote: Remote; readonly verify: boolean; readonly why: string }
  | { readonly do: 'nothing' };

/** Decides from the registry's answer and the store's: keep, verify, pull or say what is wrong. */
export function decide(object: OCIRepository, seen: Seen): Plan {
  const { remote, trouble } = seen;
  if (trouble !== undefined) return { do: 'fail', trouble };
  if (remote === undefined) return { do: 'nothing' };
  const verify = mustVerify(object, remote);
  if (isLost(seen))
    return { do: 'fetch', remote, verify, why: 'building artifact: disappeared from storage' };
  const { artifact, conditions } = object.status ?? {};
  if (artifact?.revision !== remote.revision)
    return { do: 'fetch', remote, verify, why: `building artifact: ${newsOf(remote)}` };
  if (contentConfigChanged(object))
    return { do: 'fetch', remote, verify, why: 'building artifact: spec changed' };
  const isKnown = hasStatus(conditions, CONDITION.artifactInStorage, 'True');
  return isKnown ? { do: 'keep', remote, verify } : { do: 'fetch', remote, verify, why: 'building artifact' };
}

/** What ArtifactOutdated says of a revision. */
export function newsOf({ revision, reference }: Remote): string {
  return `new revision '${revision}' for '${reference}'`;
}

/** A signature is looked at again when revision or generation are new, or the last verdict was none or bad (OCI-15). */
function mustVerify({ spec, metadata, status = {} }: OCIRepository, { revision }: Remote): boolean {
  if (spec.verify === undefined) return false;
  if (status.artifact?.revision !== revision) return true;
  const before = conditionOf(status.conditions, CONDITION.sourceVerified);
  return before?.status !== 'True' || before.observedGeneration !== metadata.generation;
}

/** Whether what decides over the artifact's content differs from what the last one was made with (OCI-05). */
function contentConfigChanged({ spec, status = {} }: OCIRepository): boolean {
  if (spec.ignore !== status.observedIgnore) return true;
  return keyOf(spec.layerSelector) !== keyOf(status.observedLayerSelector);
}

function keyOf(selector: OCILayerSelector | undefined): string {
  return selector === undefined ? '' : JSON.stringify([selector.mediaType ?? '', selector.operation ?? '']);
}
