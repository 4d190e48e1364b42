import { crdNameOf, KINDS } from '../../shared/api/kinds.ts';
import { FINALIZER, GENERATOR_FINALIZER, LABEL } from '../../shared/api/vocabulary.ts';
import { Fault, isFault } from '../../shared/core/failures.ts';
import { displayName, referenceOf } from '../../shared/core/kubernetes-object.ts';
import type { Cluster, ClusterSettings, KubernetesObject } from '../../shared/ports.ts';
import { FIELD_MANAGER } from './namespace.ts';

const OURS: readonly string[] = [FINALIZER, GENERATOR_FINALIZER];

/** Ours: patches in flight. */
const PARALLEL = 16;
/** A worker that is still busy may put its finalizer back once. */
const ROUNDS = 5;

/** Takes our finalizers from every Flux object that is ours; returns from how many. Fault `conflict` names what keeps them. */
export async function stripFinalizers(cluster: Cluster, owns: ClusterSettings['owns']): Promise<number> {
  const stripped = new Set<string>();
  for (let round = 1; ; round++) {
    const held = (await fluxObjects(cluster, owns)).filter(holdsOurs);
    if (held.length === 0) return stripped.size;
    if (round > ROUNDS) {
      const names = held.map(displayName).join(', ');
      throw new Fault('conflict', `finalizers come back on ${names}; stop what puts them there`, { names });
    }
    for (let start = 0; start < held.length; start += PARALLEL) {
      await Promise.all(held.slice(start, start + PARALLEL).map((object) => strip(cluster, object)));
    }
    for (const object of held) stripped.add(displayName(object));
  }
}

/** Metadata of every Flux object that is ours, of the kinds that the cluster serves. */
export async function fluxObjects(
  cluster: Cluster,
  owns: ClusterSettings['owns'],
  kinds = KINDS,
): Promise<readonly KubernetesObject[]> {
  if (owns === 'none') return [];
  const options = typeof owns === 'object' ? { labelSelector: `${LABEL.shard}=${owns.shard}` } : {};
  const lists = await Promise.all(
    kinds.map(async ({ apiVersion, kind }) => {
      try {
        return (await cluster.listMetadata({ apiVersion, kind }, options)).items;
      } catch (error) {
        if (isFault(error, 'no-such-kind')) return [];
        throw error;
      }
    }),
  );
  return lists.flat();
}

function holdsOurs({ metadata }: KubernetesObject): boolean {
  return metadata.finalizers?.some((finalizer) => OURS.includes(finalizer)) ?? false;
}

async function strip(cluster: Cluster, object: KubernetesObject): Promise<void> {
  const { resourceVersion, finalizers = [] } = object.metadata;
  const kept = finalizers.filter((finalizer) => !OURS.includes(finalizer));
  try {
    const merge = { metadata: { resourceVersion, finalizers: kept } };
    await cluster.patch(referenceOf(object), { merge }, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    // Gone, or changed meanwhile: the next round looks again.
    if (!isFault(error, 'not-found', 'conflict')) throw error;
  }
}

/** Shell lines that do the same by hand, for a cluster that cannot be reached now. */
export function stripLines(kubectl: string): readonly string[] {
  const kinds = KINDS.map(crdNameOf);
  return [
    `for kind in ${kinds.join(' ')}; do`,
    `  ${kubectl} get "$kind" -A -o jsonpath='{range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}' |`,
    '  while read -r namespace name; do',
    `    ${kubectl} patch "$kind" "$name" -n "$namespace" --type merge -p '{"metadata":{"finalizers":null}}'`,
    '  done',
    'done',
  ];
}
