import type { ArtifactGenerator } from '../../api/artifact-generator.ts';
import { API_VERSION } from '../../api/vocabulary.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';
import { MAX_HOPS } from '../delays.ts';
import type { Scope } from '../reconciler.ts';
import { listIfServed } from '../served.ts';

/** Ours: after so many runs that woke each other a circle is looked for, so that all members of one of as many find out before the chain ends. */
export const SUSPICIOUS_HOPS = MAX_HOPS / 2;

/** The generators through which an object is made of its own artifacts, when a chain as long as this may be one of a circle; each as `namespace/name`, the object first. */
export async function suspectedCircle(
  object: ArtifactGenerator,
  scope: Scope,
): Promise<readonly string[] | undefined> {
  if (scope.message.hops < SUSPICIOUS_HOPS) return undefined;
  const collection = { apiVersion: API_VERSION.sourceExtensions, kind: 'ArtifactGenerator' };
  const all = await listIfServed(scope.cluster, collection);
  return circleThrough(object, all as readonly object[] as readonly ArtifactGenerator[]);
}

/** The shortest way from an object over those that its sources are made by back to itself. */
export function circleThrough(
  object: ArtifactGenerator,
  all: readonly ArtifactGenerator[],
): readonly string[] | undefined {
  const makers = new Map<string, ArtifactGenerator>();
  for (const one of [...all, object])
    for (const made of one.status?.inventory ?? []) makers.set(namespacedName(made), one);
  const start = keyOf(object);
  // Each that was reached, with the way to it; breadth first.
  const ways = new Map<string, readonly string[]>();
  const waiting: { readonly one: ArtifactGenerator; readonly way: readonly string[] }[] = [
    { one: object, way: [start] },
  ];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const maker of makersOf(next.one, makers)) {
      const key = keyOf(maker);
      if (key === start) return next.way;
      if (ways.has(key)) continue;
      const way = [...next.way, key];
      ways.set(key, way);
      waiting.push({ one: maker, way });
    }
  }
  return undefined;
}

function makersOf(
  { spec, metadata }: ArtifactGenerator,
  makers: ReadonlyMap<string, ArtifactGenerator>,
): readonly ArtifactGenerator[] {
  return (spec.sources ?? []).flatMap((reference) => {
    const { kind, ...named } = sourceOf(reference, metadata.namespace);
    return kind === 'ExternalArtifact' ? (makers.get(namespacedName(named)) ?? []) : [];
  });
}

function keyOf({ metadata: { name, namespace } }: ArtifactGenerator): string {
  return namespacedName({ name, namespace });
}
