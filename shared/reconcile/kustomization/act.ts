import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { applyAll } from '../../apply/apply.ts';
import { type Baseline, baselineKey } from '../../apply/baseline.ts';
import { writeBaseline } from '../../apply/baseline-store.ts';
import { checkDrift } from '../../apply/drift.ts';
import { mergeInventory, staleEntries } from '../../apply/inventory.ts';
import { prune } from '../../apply/prune.ts';
import { loadTree } from '../../artifact/store.ts';
import { isFault } from '../../core/failures.ts';
import { displayName } from '../../core/kubernetes-object.ts';
import { build } from '../../kustomize/build.ts';
import { refusedControllers } from '../../kustomize/flux-controllers.ts';
import type { KubernetesObject, ObjectReference } from '../../ports.ts';
import type { Progress, Scope } from '../reconciler.ts';
import type { Plan } from './decide.ts';
import { checkHealth } from './health.ts';
import { applyContext } from './identity.ts';
import type { SeenAll } from './observe.ts';
import type { AppliedWork, Report } from './report.ts';
import { inProgress, type Stage, stageMessage } from './status.ts';

/** The baseline as it was read, with the etag to replace it by. */
export interface StoredBaseline {
  readonly baseline: Baseline | undefined;
  readonly etag: string | undefined;
}

type Show = (stage: Stage, options?: { readonly checkpoint?: boolean }) => Promise<void>;

/** Carries out a plan: the only place where a Kustomization's objects are touched. */
export async function act(
  object: Kustomization,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<KustomizationStatus>,
): Promise<Report> {
  const now = (): Date => scope.ports.clock.now();
  if (plan.do === 'stall' || plan.do === 'postpone' || plan.do === 'fail')
    return { kind: 'nothing', at: now() };
  const { revision } = plan.artifact;
  const show: Show = (stage, options) =>
    progress((status) => inProgress(status, object, stageMessage(object, stage, revision), now()), options);
  if (plan.do === 'poll') return poll(object, seen, plan.since, scope);
  if (plan.do === 'verify') return verify(object, plan.artifact, seen, scope, show);
  return applyArtifact(object, plan.artifact, seen, scope, show, seen.stored.baseline);
}

async function poll(object: Kustomization, seen: SeenAll, since: Date, scope: Scope): Promise<Report> {
  const { cluster } = await applyContext(object, scope);
  const health = await checkHealth(object, cluster, seen.stored.baseline, since, scope);
  return { kind: 'unchanged', at: scope.ports.clock.now(), health };
}

/** Looks for drift by what the last apply recorded; only what drifted is fetched, built and applied. */
async function verify(
  object: Kustomization,
  artifact: Artifact,
  seen: SeenAll,
  scope: Scope,
  show: Show,
): Promise<Report> {
  const { baseline } = seen.stored;
  if (baseline === undefined) return applyArtifact(object, artifact, seen, scope, show, undefined);
  const context = await applyContext(object, scope);
  const drift = await checkDrift(context, baseline);
  if (drift.drifted.length > 0) return applyArtifact(object, artifact, seen, scope, show, drift.baseline);
  if (drift.recorded)
    await writeBaseline(scope.ports.store, keyOf(object, scope), drift.baseline, seen.stored.etag);
  const since = scope.ports.clock.now();
  const health = await checkHealth(object, context.cluster, drift.baseline, since, scope);
  return { kind: 'unchanged', at: scope.ports.clock.now(), health };
}

async function applyArtifact(
  object: Kustomization,
  artifact: Artifact,
  seen: SeenAll,
  scope: Scope,
  show: Show,
  baseline: Baseline | undefined,
): Promise<Report> {
  const shown = show('Fetching manifests');
  const [tree] = await Promise.all([treeOf(artifact, scope), shown]);
  if (tree === undefined) return { kind: 'artifact-gone', at: scope.ports.clock.now() };
  await show('Building manifests');
  const built = await build({
    tree,
    spec: object.spec,
    owner: {
      name: object.metadata.name,
      namespace: object.metadata.namespace,
      group: 'kustomize.toolkit.fluxcd.io',
    },
    variables: seen.variables,
    exec: scope.ports.exec,
    signal: scope.signal,
  });
  if (!built.ok) return failed(scope, built.reason, built.message, built.reason !== 'ArtifactFailed');
  const refusal = refusedControllers(built.objects);
  if (refusal !== undefined) {
    return { kind: 'stalled', at: scope.ports.clock.now(), reason: REASON.buildFailed, message: refusal };
  }
  const encrypted = built.objects.find(isEncryptedSecret);
  if (encrypted !== undefined) {
    const message = `${displayName(encrypted)} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`;
    return { ...failed(scope, REASON.reconciliationFailed, message, true), renderedDigest: built.digest };
  }
  await show('Detecting drift', { checkpoint: true });
  return applyBuilt(object, artifact, seen, scope, built, baseline);
}

async function applyBuilt(
  object: Kustomization,
  artifact: Artifact,
  seen: SeenAll,
  scope: Scope,
  built: { readonly objects: readonly KubernetesObject[]; readonly digest: string },
  baseline: Baseline | undefined,
): Promise<Report> {
  const context = await applyContext(object, scope);
  const header = {
    rendered: built.digest,
    owner: object.metadata.uid ?? '',
    inputDigest: seen.inputDigest,
    revision: artifact.revision,
  };
  const applied = await applyAll(context, {
    objects: built.objects,
    force: object.spec.force,
    baseline,
    header,
  });
  const changes = applied.changes.filter(
    ({ action }) => action === 'created' || action === 'configured' || action === 'deleted',
  );
  const lines = changes.map(({ reference, action }) => `${nameOf(reference)} ${action}`);
  if (applied.failure !== undefined) {
    const message = [applied.failure.message, ...lines].join('\n');
    return { ...failed(scope, REASON.reconciliationFailed, message, true), renderedDigest: built.digest };
  }
  const old = object.status?.inventory?.entries ?? [];
  const stale = staleEntries(old, applied.inventory);
  const pruned =
    object.spec.prune && stale.length > 0 ? await prune(context, stale) : { deleted: [], survivors: [] };
  const entries = mergeInventory(applied.inventory, pruned.survivors);
  const work: AppliedWork = {
    renderedDigest: built.digest,
    inventory: { entries: entries.map(({ id, v }) => ({ id, v })) },
    changes: lines,
    pruned: pruned.deleted.map((reference) => `${nameOf(reference)} deleted`),
  };
  if ('failure' in pruned && pruned.failure !== undefined) {
    return {
      ...failed(scope, REASON.pruneFailed, pruned.failure.message, true),
      renderedDigest: built.digest,
      work,
    };
  }
  await writeBaseline(scope.ports.store, keyOf(object, scope), applied.baseline, seen.stored.etag);
  const health = await checkHealth(object, context.cluster, applied.baseline, scope.ports.clock.now(), scope);
  return { kind: 'applied', at: scope.ports.clock.now(), work, health };
}

async function treeOf(
  artifact: Artifact,
  scope: Scope,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  try {
    return await loadTree(scope.ports.store, artifact.digest);
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

const DECRYPT = 'kustomize.toolkit.fluxcd.io/decrypt';

/** A Secret that still holds what SOPS encrypted; never applied unless the object says so (KS-55). */
function isEncryptedSecret(object: KubernetesObject): boolean {
  const isSecret = object.kind === 'Secret' && object.apiVersion === 'v1';
  return (
    isSecret &&
    object.sops !== undefined &&
    object.metadata.annotations?.[DECRYPT]?.toLowerCase() !== 'disabled'
  );
}

function failed(
  scope: Scope,
  reason: string,
  message: string,
  attempted: boolean,
): Report & { kind: 'failed' } {
  return { kind: 'failed', at: scope.ports.clock.now(), reason, message, attempted };
}

function keyOf(object: Kustomization, scope: Scope): string {
  return baselineKey(scope.record.id, object.kind, object.metadata.namespace, object.metadata.name);
}

function nameOf(reference: ObjectReference): string {
  return displayName({ kind: reference.kind, metadata: reference });
}
