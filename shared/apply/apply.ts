import { isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import { displayName, referenceOf } from '../core/kubernetes-object.ts';
import type { Owner } from '../core/owner-labels.ts';
import type { Clock, Cluster } from '../ports.ts';
import type { Baseline, BaselineEntry } from './baseline.ts';
import { carryOut, type Done } from './carry-out.ts';
import type { ApplyContext } from './context.ts';
import type { SeenObject } from './drift.ts';
import type { Ignore } from './ignore/rules.ts';
import { type InventoryEntry, inventoryEntry } from './inventory.ts';
import { type ClusterState, definitionState, trustOf } from './kinds.ts';
import { takenManagers } from './managed-fields.ts';
import { planStage } from './plan.ts';
import { prepare } from './prepare.ts';
import { awaitReady } from './readiness.ts';
import { AWAITED_STAGES, isCustomResourceDefinition, STAGES, stageOf } from './stages.ts';

/** What happened to one object, in Flux's words. */
export type Action = 'created' | 'configured' | 'unchanged' | 'skipped' | 'deleted';

export interface Change {
  readonly reference: ObjectReference;
  readonly action: Action;
}

export interface ApplyRequest {
  /** Already impersonating. */
  readonly cluster: Cluster;
  /** Rendered, in any order. */
  readonly objects: readonly KubernetesObject[];
  readonly owner: Owner;
  readonly fieldManager: string;
  /** More managers to take over (`--override-manager`). */
  readonly overrideManagers?: readonly string[];
  /** Recreate objects whose immutable fields changed. */
  readonly force: boolean;
  /** Only one that counts for the status (baseline.ts): it may be stale in any other way. */
  readonly baseline: Baseline | undefined;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The deployment's key. */
  readonly key: Uint8Array;
  readonly facts: ClusterState;
  /** `group/Kind` of the kinds applied in a stage of their own (`--custom-apply-stage-kinds`). */
  readonly customStageKinds?: ReadonlySet<string>;
  /** Fields that are left to others (`spec.ignore`). */
  readonly ignore?: Ignore;
  /** Rewrite managed fields of other versions to the one that is applied (gate MigrateAPIVersion). */
  readonly migrates?: boolean;
  /** Kinds to list in full, as somebody needs their objects anyway. */
  readonly inFull?: NonNullable<ApplyContext['inFull']>;
}

export interface ApplyReport {
  /** In the order of apply; after a failure, what had been done by then. */
  readonly changes: readonly Change[];
  /** Undefined after a failure: the inventory of before stays. */
  readonly inventory: readonly InventoryEntry[] | undefined;
  /** What is now known of every object; after a failure, of some. */
  readonly entries: readonly BaselineEntry[];
  /** `uid:generation` of the CRDs in use, for the baseline's header. */
  readonly definitions: Readonly<Record<string, string>>;
  /** Whether anything was created or configured. */
  readonly drifted: boolean;
  /** What was answered or read in full of the objects on the way. */
  readonly seen: readonly SeenObject[];
  readonly failure?: { readonly message: string; readonly cause: unknown };
}

/** Applies all objects in Flux's stages and order. A refused dry-run stops before anything of its stage is written; earlier stages stay. Never throws for what the cluster refuses. */
export async function applyAll(request: ApplyRequest): Promise<ApplyReport> {
  const { fieldManager, overrideManagers, signal } = request;
  let context: ApplyContext = {
    ...request,
    cluster: request.cluster.until(signal),
    state: request.facts,
    taken: takenManagers(fieldManager, overrideManagers),
  };
  const done: Done[] = [];
  for (const stage of STAGES) {
    const objects = request.objects.filter((each) => stageOf(each, request.customStageKinds) === stage);
    if (objects.length === 0) continue;
    const end = await applyStage(context, objects, request, AWAITED_STAGES.has(stage)).catch((cause) => ({
      done: [],
      failure: interrupted(cause, signal),
    }));
    done.push(...end.done);
    if (end.failure) return reportOf(context, request, done, end.failure);
    context = withNewDefinitions(context, end.done);
  }
  return reportOf(context, request, done, undefined);
}

/** A refused read or the end of our time; anything else is a bug. */
function interrupted(
  cause: unknown,
  signal: AbortSignal,
): { readonly message: string; readonly cause: unknown } {
  if (!isFault(cause) && !signal.aborted) throw cause;
  return { message: messageOf(cause), cause };
}

interface StageEnd {
  readonly done: readonly Done[];
  readonly failure?: { readonly message: string; readonly cause: unknown };
}

async function applyStage(
  context: ApplyContext,
  objects: readonly KubernetesObject[],
  { baseline, force }: ApplyRequest,
  awaited: boolean,
): Promise<StageEnd> {
  const items = await prepare(context, objects);
  const end = await carryOut(context, await planStage(context, items, baseline, force));
  if (end.failure || !awaited) return end;
  // What the baseline proves unchanged was awaited when it was recorded.
  const fresh = end.done.flatMap(({ live }) => (live ? [live] : []));
  const late = await awaitReady(context, fresh).catch((cause) => ({
    ...interrupted(cause, context.signal),
    unready: fresh.map(referenceOf),
  }));
  if (!late) return end;
  const names = new Set(late.unready.map((reference) => inventoryEntry(reference).id));
  return {
    done: end.done.map((each) => (names.has(each.item.id) ? { ...each, entry: undefined } : each)),
    failure: { message: late.message, cause: 'cause' in late ? late.cause : undefined },
  };
}

/** A CRD that was just written is served in another way: discovery and its objects' proofs start afresh. */
function withNewDefinitions(context: ApplyContext, done: readonly Done[]): ApplyContext {
  const written = done.flatMap(({ action, live }) =>
    live && isCustomResourceDefinition(live) && (action === 'created' || action === 'configured')
      ? [live]
      : [],
  );
  if (written.length === 0) return context;
  context.cluster.forgetResources();
  const definitions =
    context.state.definitions &&
    new Map([
      ...context.state.definitions,
      ...written.map(({ metadata }): [string, string] => [metadata.name, definitionState(metadata)]),
    ]);
  return { ...context, state: { ...context.state, definitions } };
}

async function reportOf(
  context: ApplyContext,
  { baseline, objects }: ApplyRequest,
  done: readonly Done[],
  failure: StageEnd['failure'],
): Promise<ApplyReport> {
  const changes = done.map(({ item, action }) => ({ reference: item.reference, action }));
  const changed = changes.filter(({ action }) => action === 'created' || action === 'configured');
  const seen = done.flatMap(({ item: { reference }, live, proven }) =>
    live ? [{ reference, object: live, whole: true }] : (proven ?? []),
  );
  const common = { changes, drifted: changed.length > 0, seen };
  if (!failure) {
    return {
      ...common,
      inventory: changes.map(({ reference }) => inventoryEntry(reference)),
      entries: done.flatMap(({ entry }) => (entry ? [entry] : [])),
      definitions: await definitionsInUse(context, objects),
    };
  }
  const log = changed.map(({ reference, action }) => `${displayOf(reference)} ${action}`);
  const reached = new Set(done.map(({ item }) => item.id));
  return {
    ...common,
    inventory: undefined,
    entries: [
      ...done.flatMap(({ entry }) => (entry ? [entry] : [])),
      ...(baseline?.entries ?? []).filter((entry) => !reached.has(entry.id)),
    ],
    // After a failure the cluster may not answer at all; an unknown state only costs looks.
    definitions: await definitionsInUse(context, objects).catch(() => ({})),
    failure: { message: [failure.message, ...log].join('\n'), cause: failure.cause },
  };
}

async function definitionsInUse(
  context: ApplyContext,
  objects: readonly KubernetesObject[],
): Promise<Readonly<Record<string, string>>> {
  const kinds = new Map(objects.map((each) => [`${each.apiVersion}/${each.kind}`, each]));
  const names = await Promise.all(
    [...kinds.values()].map(async (kind) => (await trustOf(context.cluster, kind, context.state)).definition),
  );
  return Object.fromEntries(
    names.flatMap((name) => {
      const state = name && context.state.definitions?.get(name);
      return name && state ? [[name, state]] : [];
    }),
  );
}

function displayOf({ kind, name, namespace }: ObjectReference): string {
  return displayName({ kind, metadata: namespace ? { name, namespace } : { name } });
}
