import type { HelmRepositorySpec } from '../api/helm-repository.ts';
import { KINDS } from '../api/kinds.ts';
import type { KustomizationSpec } from '../api/kustomization.ts';
import { parseDuration } from '../core/durations.ts';
import type { QueueName } from '../core/messages.ts';
import {
  INTERVAL as GENERATOR_INTERVAL,
  isAtRest as isDisabledAtRest,
} from './artifact-generator/disabled.ts';
import type { Timing } from './due.ts';
import { type Entry, engineOf, type Run } from './engine.ts';
import { intervalText, isStatic } from './helm-repository/static.ts';
import { intervalOf, retryIntervalOf } from './kustomization/settings.ts';
import { notSupported } from './not-supported.ts';
import type { CommonStatus, Reconciled, Reconciler } from './reconciler.ts';

/** An entry whose reconciler is loaded when the first object of its kind is met: clock, sweep and arrivals never meet one. */
interface Built extends Entry {
  readonly load: () => Promise<unknown>;
}

/** The kinds that are built, a line each. */
const BUILT: Readonly<Record<string, Built>> = {
  ArtifactGenerator: {
    ...built('source', async () => (await import('./artifact-generator/effects.ts')).artifactGenerator),
    timingOf: () => ({ interval: GENERATOR_INTERVAL }),
    isStatic: isDisabledAtRest,
  },
  Bucket: built('source', async () => (await import('./bucket/effects.ts')).bucket),
  GitRepository: built('source', async () => (await import('./git-repository/effects.ts')).gitRepository),
  HelmChart: built('source', async () => (await import('./helm-chart/effects.ts')).helmChart),
  HelmRepository: {
    ...built('source', async () => (await import('./helm-repository/effects.ts')).helmRepository),
    timingOf: (spec) => ({ interval: parseDuration(intervalText(spec as HelmRepositorySpec)) }),
    isStatic: (object) => isStatic(object as Reconciled<HelmRepositorySpec>),
  },
  Kustomization: {
    ...built('apply', async () => (await import('./kustomization/effects.ts')).kustomization),
    timingOf: (spec) => timingOfKustomization(spec as KustomizationSpec),
  },
  OCIRepository: built('source', async () => (await import('./oci-repository/effects.ts')).ociRepository),
  Receiver: built('source', async () => (await import('./receiver/effects.ts')).receiver),
};

function built<Spec, Status extends CommonStatus, Seen, Plan, Report>(
  queue: QueueName,
  find: () => Promise<Reconciler<Spec, Status, Seen, Plan, Report>>,
): Built {
  let loaded: Promise<Run> | undefined;
  const load = (): Promise<Run> => {
    loaded ??= find().then((kind) => engineOf(kind, queue));
    return loaded;
  };
  return {
    ...{ queue, load },
    run: async (scope) => (await load())(scope),
    timingOf: (spec) => ({ interval: parseDuration((spec as { readonly interval: string }).interval) }),
  };
}

/** Loads the reconcilers of a queue's kinds, for a worker that will meet them. */
export async function preload(queue: QueueName): Promise<void> {
  const kinds = Object.values(BUILT).filter((kind) => kind.queue === queue);
  await Promise.all(kinds.map(({ load }) => load()));
}

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

/** Whether nothing is ever due about an object as it is. */
export function isAtRest(object: Reconciled): boolean {
  return ENTRIES.get(object.kind)?.isStatic?.(object) ?? false;
}
