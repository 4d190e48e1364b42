import type { BucketSpec } from '../api/bucket.ts';
import type { GitRepositorySpec } from '../api/git-repository.ts';
import { KINDS } from '../api/kinds.ts';
import type { KustomizationSpec } from '../api/kustomization.ts';
import type { OCIRepositorySpec } from '../api/oci-repository.ts';
import type { ReceiverSpec } from '../api/receiver.ts';
import type { QueueName } from '../core/messages.ts';
import { bucket } from './bucket/effects.ts';
import type { Timing } from './due.ts';
import { type Entry, engineOf } from './engine.ts';
import { gitRepository } from './git-repository/effects.ts';
import { kustomization } from './kustomization/effects.ts';
import { intervalOf, retryIntervalOf } from './kustomization/settings.ts';
import { notSupported } from './not-supported.ts';
import { ociRepository } from './oci-repository/effects.ts';
import { receiver } from './receiver/effects.ts';
import type { Reconciled } from './reconciler.ts';

/** The kinds that are built, a line each. */
const BUILT: Readonly<Record<string, Entry>> = {
  Bucket: {
    queue: 'source',
    run: engineOf(bucket, 'source'),
    timingOf: (spec) => ({ interval: bucket.intervalOf(spec as BucketSpec) }),
  },
  GitRepository: {
    queue: 'source',
    run: engineOf(gitRepository, 'source'),
    timingOf: (spec) => ({ interval: gitRepository.intervalOf(spec as GitRepositorySpec) }),
  },
  Kustomization: {
    queue: 'apply',
    run: engineOf(kustomization, 'apply'),
    timingOf: (spec) => timingOfKustomization(spec as KustomizationSpec),
  },
  OCIRepository: {
    queue: 'source',
    run: engineOf(ociRepository, 'source'),
    timingOf: (spec) => ({ interval: ociRepository.intervalOf(spec as OCIRepositorySpec) }),
  },
  Receiver: {
    queue: 'source',
    run: engineOf(receiver, 'source'),
    timingOf: (spec) => ({ interval: receiver.intervalOf(spec as ReceiverSpec) }),
  },
};

/** Who reconciles a kind: its own reconciler, or the one that says it is not supported yet. */
const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  KINDS.filter(({ queue }) => queue !== null).map((kind) => [
    kind.kind,
    BUILT[kind.kind] ?? notSupported(kind),
  ]),
);

function timingOfKustomization(spec: KustomizationSpec): Timing {
  return { interval: intervalOf(spec), retryInterval: retryIntervalOf(spec) };
}

/** The entry of a kind, undefined for kinds that are not ours. */
export function reconcilerFor(kind: string): Entry | undefined {
  return ENTRIES.get(kind);
}

/** Whether objects of a kind are reconciled; others of ours are told that they are not. */
export function isBuilt(kind: string): boolean {
  return BUILT[kind] !== undefined;
}

/** The queue that a kind's work goes to. */
export function queueOf(kind: string): QueueName | undefined {
  return ENTRIES.get(kind)?.queue;
}

/** Interval and retryInterval of an object of one of our kinds. */
export function timingOf(object: Reconciled): Timing {
  const entry = ENTRIES.get(object.kind);
  // The CRDs do not require a spec; an object without one is told so by its worker.
  if (entry === undefined || !object.spec) return { interval: Number.POSITIVE_INFINITY };
  return entry.timingOf(object.spec);
}
