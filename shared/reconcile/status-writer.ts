import type { ObjectReference } from '../core/kubernetes-object.ts';
import type { CommonStatus, Progress, Reconciled, Scope } from './reconciler.ts';
import { mergePatch } from './status-patch.ts';

/** A progress message is written at most this often, milliseconds. */
const PROGRESS_EVERY = 1000;
/** What is over within that time, milliseconds, need not be shown: to show it costs the cluster more than an apply. */
const SOON_OVER = 2000;

/** The one way to an object's status during a run. */
export interface StatusWriter<Spec, Status extends CommonStatus> {
  /** The object as it was last written or taken, with the progress that is not shown yet. */
  readonly current: () => Reconciled<Spec, Status>;
  /** Fault `conflict` when the object is no longer as it was last written or taken. */
  readonly write: (status: Status) => Promise<void>;
  readonly progress: Progress<Status>;
  /** Goes on from the object as somebody else left it. */
  readonly adopt: (object: Reconciled<Spec, Status>) => void;
  /** Nothing is written any more when it resolves; for the end of a run, however it ends. */
  readonly close: () => Promise<void>;
}

/** Writes status patches one after the other, each on the resourceVersion that the last one left. `object` was read just now. */
export function statusWriter<Spec, Status extends CommonStatus>(
  kind: { readonly manager: { readonly status: string } },
  reference: ObjectReference,
  object: Reconciled<Spec, Status>,
  scope: Scope,
): StatusWriter<Spec, Status> {
  const { clock } = scope.ports;
  const now = (): number => clock.now().getTime();
  let written = object;
  let current = object;
  let knownAt = now();
  let shownAt = Number.NEGATIVE_INFINITY;
  const reminder = createReminder(clock.sleep);

  const adopt = (fresh: Reconciled<Spec, Status>): void => {
    written = fresh;
    current = fresh;
    knownAt = now();
  };
  const patch = async (status: Status): Promise<void> => {
    const before = (written.status ?? {}) as Record<string, unknown>;
    const change = mergePatch(before, status as Record<string, unknown>);
    if (change === undefined) return;
    const merge = { metadata: { resourceVersion: written.metadata.resourceVersion }, status: change };
    const options = { fieldManager: kind.manager.status, subresource: 'status' };
    adopt((await scope.cluster.patch(reference, { merge }, options)) as Reconciled<Spec, Status>);
  };
  const write = async (status: Status): Promise<void> => {
    await reminder.stop();
    await patch(status);
  };
  const show = async (): Promise<void> => {
    shownAt = now();
    await write((current.status ?? {}) as Status);
  };
  const progress: Progress<Status> = async (change, { checkpoint = false, brief = false } = {}) => {
    // What is not shown yet still belongs to the story that the last write tells.
    current = { ...current, status: change((current.status ?? {}) as Status) };
    if (checkpoint ? now() - knownAt >= SOON_OVER : !brief && now() - shownAt >= PROGRESS_EVERY)
      return show();
    // Should the run take longer after all, it is shown then; who else has written is found by the next write.
    reminder.start(Number.isFinite(shownAt) ? PROGRESS_EVERY : SOON_OVER, async () => {
      shownAt = now();
      await patch((current.status ?? {}) as Status).catch(() => undefined);
    });
  };
  return { current: () => current, write, progress, adopt, close: reminder.stop };
}

/** Does something once unless it is stopped before; `stop` waits for what is under way. */
function createReminder(sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>) {
  let over: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();
  return {
    start: (after: number, work: () => Promise<void>): void => {
      if (over !== undefined) return;
      const stopped = new AbortController();
      over = stopped;
      const wait = sleep(after, stopped.signal).then(
        () => true,
        () => false,
      );
      running = wait.then(async (isDue) => {
        if (isDue) await work();
        over = undefined;
      });
    },
    stop: async (): Promise<void> => {
      over?.abort();
      await running;
    },
  };
}
