import type { KubeConfigReference } from '../../api/applier.ts';
import { type ClusterState, readClusterState } from '../../apply/kinds.ts';
import { canonicalJson, hmacHex } from '../../core/digests.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { Cluster, ClusterFacts, Target } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { describedTarget } from './described.ts';
import { marked } from './marked.ts';
import { isOfHome } from './read.ts';
import { secretTarget } from './secret.ts';

/** Ours: time for a target's first answer, ms; as long as the sweep gives a cluster in all. */
const FIRST_ANSWER_MS = 10_000;

/** Ours: time for all that one run does on a target, ms: it leaves the worker, who has 120 s, time to say what came of it. */
const TARGET_MS = 90_000;

/** Where an object's work is done: the cluster that holds it, or the one that its kubeConfig names. */
export interface Place {
  /** As the credentials themselves; whom to act as is the kind's. */
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
  readonly state: () => Promise<ClusterState>;
}

/** The place, or why there is none: `gone` when what describes it is not there any more. */
export type FoundPlace =
  | { readonly ok: true; readonly place: Place }
  | { readonly ok: false; readonly gone: boolean; readonly message: string };

/** An object that may work on another cluster. */
export interface Placed {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly kubeConfig?: KubeConfigReference };
}

/** The cluster that holds the object. */
export function homeOf({ cluster, facts, state }: Scope): Place {
  return { cluster, facts, state };
}

/** Opens the object's place and asks who answers there. Faults of the cluster that holds the object pass through. */
export async function findPlace({ metadata, spec }: Placed, scope: Scope): Promise<FoundPlace> {
  if (spec.kubeConfig === undefined) return { ok: true, place: homeOf(scope) };
  try {
    const target = await targetOf(metadata.namespace, spec.kubeConfig, scope);
    const until = AbortSignal.any([scope.signal, scope.ports.clock.timeout(TARGET_MS)]);
    const cluster = marked(scope.ports.clusters.reach(target)).until(until);
    const inTime = cluster.until(scope.ports.clock.timeout(FIRST_ANSWER_MS));
    const facts = await inTime.facts(nameOf(target, scope)).catch(unusable);
    let state: Promise<ClusterState> | undefined;
    const readOnce = (): Promise<ClusterState> => {
      state ??= readClusterState(cluster, facts);
      return state;
    };
    return { ok: true, place: { cluster, facts, state: readOnce } };
  } catch (error) {
    // What else goes wrong here comes of what the tenant wrote, of a cloud, or of the target.
    if (!isFault(error) || isOfHome(error)) throw error;
    return { ok: false, gone: error.data.gone === true, message: redact(error.message) };
  }
}

/** Whether the place is a cluster that this deployment reconciles; one whose record cannot be read counts as such. */
export async function isReconciled({ facts }: Place, { ports, record }: Scope): Promise<boolean> {
  if (facts.uid === record.id) return true;
  const registered = await ports.clusters.get(facts.uid).catch((error: unknown) => {
    if (isFault(error, 'malformed')) return 'unreadable' as const;
    throw error;
  });
  return registered === 'unreadable' || (registered !== undefined && registered.settings.owns !== 'none');
}

async function targetOf(
  namespace: string,
  { secretRef, configMapRef }: KubeConfigReference,
  scope: Scope,
): Promise<Target> {
  if (secretRef !== undefined && configMapRef === undefined) return secretTarget(namespace, secretRef, scope);
  if (configMapRef !== undefined && secretRef === undefined)
    return describedTarget(namespace, configMapRef.name, scope);
  const text = 'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';
  throw new Fault('invalid', text, { field: 'spec.kubeConfig' });
}

/** A refusal is bare of whom it comes from. */
function unusable(error: unknown): never {
  if (!isFault(error)) throw error;
  const text = `the cluster of spec.kubeConfig cannot be used: ${error.message}`;
  throw new Fault(error.code, text, error.data, error);
}

/** What stands for a target's uid where it may not be read. */
function nameOf(target: Target, { ports }: Scope): string {
  const place = 'server' in target ? [target.server, target.ca] : [target.kubeconfig];
  return `target-${hmacHex(ports.deployment.key, canonicalJson(place))}`;
}
