import { namespacedName } from '../core/references.ts';
import type { KubernetesObject, Ports } from '../ports.ts';
import { dependenciesOf } from './dependency-order.ts';
import type { Scope } from './reconciler.ts';
import { listIfServed } from './served.ts';

/** What some object of a kind depends on, as `namespace/name`. */
interface Known {
  readonly until: number;
  readonly wanted: Promise<ReadonlySet<string>>;
}

/**
 * Ours, ms: of 1000 objects that are reconciled each asks for its dependents, hence for all 1000. Whoever begins to
 * depend on something within this time looks again by itself once it is blocked, and after 30 s.
 */
const KNOWN_MS = 2000;

const known = new WeakMap<Ports, Map<string, Known>>();

/** Whether anything of its kind depends on `object`; looked up every two seconds at most. */
export async function isDependedOn(object: KubernetesObject, scope: Scope): Promise<boolean> {
  const { name, namespace = '' } = object.metadata;
  const of = known.get(scope.ports) ?? new Map<string, Known>();
  known.set(scope.ports, of);
  const key = `${scope.record.id}/${object.apiVersion}/${object.kind}`;
  const now = scope.ports.clock.now().getTime();
  const kept = of.get(key);
  if (kept === undefined || now >= kept.until)
    of.set(key, { until: now + KNOWN_MS, wanted: wantedOf(object, scope) });
  const fresh = of.get(key);
  try {
    return (await fresh?.wanted)?.has(namespacedName({ name, namespace })) ?? false;
  } catch (error) {
    if (of.get(key) === fresh) of.delete(key);
    throw error;
  }
}

/** Forgets what was known of a cluster: something there depends on something new. */
export function forgetRelations({ ports, record }: Pick<Scope, 'ports' | 'record'>): void {
  for (const key of known.get(ports)?.keys() ?? []) {
    if (key.startsWith(`${record.id}/`)) known.get(ports)?.delete(key);
  }
}

async function wantedOf({ apiVersion, kind }: KubernetesObject, scope: Scope): Promise<ReadonlySet<string>> {
  const items = await listIfServed(scope.cluster, { apiVersion, kind }, { gather: true });
  return new Set(items.flatMap((item) => dependenciesOf(item)));
}
