import type { Kustomization } from '../../api/kustomization.ts';
import { REASON, SWITCH } from '../../api/vocabulary.ts';
import { type ApplyReport, applyAll } from '../../apply/apply.ts';
import type { Baseline } from '../../apply/baseline.ts';
import { writeBaseline } from '../../apply/baseline-store.ts';
import { IGNORE_NOTHING, type Ignore, ignoreOf } from '../../apply/ignore/rules.ts';
import {
  type InventoryEntry,
  inventoryEntry,
  inventoryId,
  mergeInventory,
  refusedInventory,
  staleEntries,
} from '../../apply/inventory.ts';
import { type PruneReport, prune } from '../../apply/prune.ts';
import { loadPatterns } from '../../core/cel/patterns.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { displayName, referenceOf } from '../../core/kubernetes-object.ts';
import { together } from '../../core/together.ts';
import type { Decryptor } from '../../decrypt/decryptor.ts';
import { vanishesWhenDone } from '../../health/jobs.ts';
import { needsStatus } from '../../health/read.ts';
import { refusedControllers } from '../../kustomize/flux-controllers.ts';
import type { KubernetesObject, ObjectReference } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { isReconciled } from '../target/target.ts';
import type { Attempt } from './attempt.ts';
import { type BuiltSet, buildSet } from './build-set.ts';
import { openDecryptor } from './decryption.ts';
import { firstLook } from './first-look.ts';
import { applyContext } from './identity.ts';
import type { SeenAll } from './observe.ts';
import { pinsDigest } from './remote-bases.ts';
import { type AppliedWork, failed, type Report } from './report.ts';
import { announce, recordedIds, storeKeyOf, untracked, withoutGone } from './tracking.ts';

/** Fetches, builds, applies in stages, prunes what is stale and looks at health, in upstream's order (KS-02). */
export async function applyArtifact(attempt: Attempt, baseline: Baseline | undefined): Promise<Report> {
  const { object, seen, scope } = attempt;
  const decryptor = await keysOpened(object, seen, scope);
  if (typeof decryptor === 'string') return failed(scope, REASON.buildFailed, decryptor, true);
  if (decryptor === undefined) return applyBuilt(attempt, baseline, undefined);
  const report = await applyBuilt(attempt, baseline, decryptor).catch(hidden(decryptor));
  return report.kind === 'failed' ? { ...report, message: decryptor.hide(report.message) } : report;
}

/** What ends a run is logged, and may be kept with its message: it quotes nothing that was decrypted either. */
function hidden({ hide }: Decryptor): (error: unknown) => never {
  return (error) => {
    if (isFault(error)) throw new Fault(error.code, hide(error.message), error.data);
    throw error;
  };
}

/** What decrypts, undefined when nothing is to be; a text when a key cannot be used. */
async function keysOpened(
  object: Kustomization,
  seen: SeenAll,
  scope: Scope,
): Promise<Decryptor | string | undefined> {
  try {
    return await openDecryptor(object, seen.keys, scope);
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return messageOf(error);
  }
}

async function applyBuilt(
  attempt: Attempt,
  baseline: Baseline | undefined,
  decryptor: Decryptor | undefined,
): Promise<Report> {
  const { object, seen, scope, show } = attempt;
  const built = await buildSet(attempt, decryptor);
  if ('kind' in built) return built;
  const refusal = refusedControllers(built.objects);
  if (refusal !== undefined && (await isReconciled(seen.place, scope))) {
    return { kind: 'stalled', at: scope.ports.clock.now(), reason: REASON.buildFailed, message: refusal };
  }
  const problem = encryptedSecret(built.objects) ?? refusedInventory(built.objects.map(referenceOf));
  if (problem !== undefined) {
    return { ...failed(scope, REASON.reconciliationFailed, problem, true), renderedDigest: built.digest };
  }
  const [etag] = await together([
    announce(object, built.objects, seen.stored, scope, seen.place),
    show('Detecting drift', { checkpoint: true }),
  ]);
  return applySet(attempt, built, baseline, etag);
}

async function applySet(
  attempt: Attempt,
  built: BuiltSet,
  baseline: Baseline | undefined,
  etag: string | undefined,
): Promise<Report> {
  const { object, seen, scope } = attempt;
  const context = await applyContext(object, scope, seen.place);
  const { state: facts, owner, fieldManager, concurrency, clock, signal, key, cluster } = context;
  const { force } = object.spec;
  const { overrideManagers = [] } = scope.record.settings;
  const ignore = await ignoreFor(object).catch(messageOf);
  if (typeof ignore === 'string') {
    return { ...failed(scope, REASON.reconciliationFailed, ignore, true), renderedDigest: built.digest };
  }
  const customStageKinds = new Set(scope.record.settings.customStageKinds);
  const applied = await applyAll({
    ...{ cluster, objects: built.objects, owner, fieldManager, force, baseline },
    ...{ concurrency, clock, signal, key, facts, customStageKinds, overrideManagers, ignore },
    migrates: isOpen('MigrateAPIVersion', scope.record.settings),
    ...(object.spec.wait && { inFull: needsStatus }),
  });
  if (applied.failure !== undefined || applied.inventory === undefined) {
    const names = built.objects.map((one) => inventoryEntry(referenceOf(one)));
    const pending = mergeInventory(untracked(object, seen.stored), names);
    await remember(attempt, headerOf(attempt, built, applied, pending), applied, etag);
    const message = applied.failure?.message ?? 'apply failed';
    return { ...failed(scope, REASON.reconciliationFailed, message, true), renderedDigest: built.digest };
  }
  const leftOver = staleEntries(untracked(object, seen.stored), applied.inventory);
  const found = await withoutGone(context, leftOver, recordedIds(object, seen.stored));
  const tracked = [...(object.status?.inventory?.entries ?? []), ...found];
  const stale = staleEntries(tracked, applied.inventory);
  const pruned =
    object.spec.prune && stale.length > 0
      ? await prune({ cluster, stale, owner, concurrency, signal })
      : undefined;
  const header = headerOf(attempt, built, applied, pruned?.survivors ?? []);
  await remember(attempt, header, applied, etag);
  const work = workOf(built, applied, applied.inventory, pruned);
  if (pruned?.failure !== undefined) {
    const failure = failed(scope, REASON.pruneFailed, pruned.failure.message, true);
    return { ...failure, renderedDigest: built.digest, work };
  }
  const recorded = { header, entries: applied.entries };
  const health = await firstLook(object, cluster, recorded, applied.seen, scope);
  return { kind: 'applied', at: clock.now(), work, health };
}

/** What spec.ignore leaves to others. Throws an Error about a rule that cannot be used. */
async function ignoreFor({ spec }: Kustomization): Promise<Ignore> {
  const { ignore = [] } = spec;
  return ignore.length === 0 ? IGNORE_NOTHING : ignoreOf(ignore, await loadPatterns());
}

/** Stores what is now known of the objects; after a failure under no input digest, so that the next run applies again. */
async function remember(
  { object, scope }: Attempt,
  header: Baseline['header'],
  applied: ApplyReport,
  etag: string | undefined,
): Promise<void> {
  const key = storeKeyOf(object, scope);
  await writeBaseline(scope.ports.store, key, { header, entries: applied.entries }, etag);
}

function headerOf(
  { object, artifact, seen, scope }: Attempt,
  built: BuiltSet,
  applied: ApplyReport,
  pending: readonly InventoryEntry[],
): Baseline['header'] {
  return {
    ...(pending.length > 0 && { pending }),
    audited: scope.ports.clock.now().toISOString(),
    rendered: built.digest,
    owner: object.metadata.uid ?? '',
    inputDigest: applied.failure === undefined ? seen.ownDigest + pinsDigest(built.remotes) : '',
    ...(built.remotes.length > 0 && { remotes: built.remotes }),
    revision: artifact.revision,
    cluster: seen.place.facts.uid,
    serverVersion: seen.place.facts.version,
    definitions: applied.definitions,
    vanishing: built.objects.filter(vanishesWhenDone).map((object) => inventoryId(referenceOf(object))),
  };
}

function workOf(
  built: BuiltSet,
  applied: ApplyReport,
  inventory: readonly InventoryEntry[],
  pruned: PruneReport | undefined,
): AppliedWork {
  const entries = mergeInventory(inventory, pruned?.survivors ?? []);
  const changes = applied.changes.filter(({ action }) => action === 'created' || action === 'configured');
  return {
    renderedDigest: built.digest,
    inventory: { entries: entries.map(({ id, v }) => ({ id, v })) },
    changes: changes.map(({ reference, action }) => `${nameOf(reference)} ${action}`),
    pruned: (pruned?.deleted ?? []).map((reference) => `${nameOf(reference)} deleted`),
  };
}

function encryptedSecret(objects: readonly KubernetesObject[]): string | undefined {
  const found = objects.find(isEncryptedSecret);
  return (
    found &&
    `${displayName(found)} is SOPS encrypted, configuring decryption is required for this secret to be reconciled`
  );
}

/** A Secret that still holds what SOPS encrypted; never applied unless the object says so (KS-55). */
function isEncryptedSecret(object: KubernetesObject): boolean {
  const isSecret = object.kind === 'Secret' && object.apiVersion === 'v1';
  return isSecret && object.sops !== undefined && !isDecryptionDisabled(object);
}

function isDecryptionDisabled({ metadata }: KubernetesObject): boolean {
  // Substitution can make anything of it.
  return String(metadata.annotations?.[SWITCH.decrypt]).toLowerCase() === 'disabled';
}

function nameOf(reference: ObjectReference): string {
  return displayName({ kind: reference.kind, metadata: reference });
}
