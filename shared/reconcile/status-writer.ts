import type { ObjectReference } from '../core/kubernetes-object.ts';
import type { CommonStatus, Progress, Reconciled, Scope } from './reconciler.ts';
import { mergePatch } from './status-patch.ts';

/** A progress message is written at most this often, milliseconds. */
const PROGRESS_EVERY = 1000;

/** The one way to an object's status during a run. */
export interface StatusWriter<Spec, Status extends CommonStatus> {
  /** The object as it was last written or taken, with the progress that is not shown yet. */
  readonly current: () => Reconciled<Spec, Status>;
  /** Fault `conflict` when the object is no longer as it was last written or taken. */
  readonly write: (status: Status) => Promise<void>;
  readonly progress: Progress<Status>;
  /** Goes on from the object as somebody else left it. */
  readonly adopt: (object: Reconciled<Spec, Status>) => void;
}

/** Writes status patches one after the other, each on the resourceVersion that the last one left. */
export function statusWriter<Spec, Status extends CommonStatus>(
  kind: { readonly manager: { readonly status: string } },
  reference: ObjectReference,
  object: Reconciled<Spec, Status>,
  scope: Scope,
): StatusWriter<Spec, Status> {
  let written = object;
  let current = object;
  let shownAt = Number.NEGATIVE_INFINITY;

  const adopt = (fresh: Reconciled<Spec, Status>): void => {
    written = fresh;
    current = fresh;
  };
  const write = async (status: Status): Promise<void> => {
    const before = (written.status ?? {}) as Record<string, unknown>;
    const patch = mergePatch(before, status as Record<string, unknown>);
    if (patch === undefined) return;
    const merge = { metadata: { resourceVersion: written.metadata.resourceVersion }, status: patch };
    const options = { fieldManager: kind.manager.status, subresource: 'status' };
    adopt((await scope.cluster.patch(reference, { merge }, options)) as Reconciled<Spec, Status>);
  };
  const progress: Progress<Status> = async (change, { checkpoint = false, brief = false } = {}) => {
    const now = scope.ports.clock.now().getTime();
    const status = change((current.status ?? {}) as Status);
    // What is not shown yet still belongs to the story that the last write tells.
    current = { ...current, status };
    if (!checkpoint && (brief || now - shownAt < PROGRESS_EVERY)) return;
    shownAt = now;
    await write(status);
  };
  return { current: () => current, write, progress, adopt };
}
