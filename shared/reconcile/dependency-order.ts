import { namespacedName } from '../core/references.ts';

/** Something that may depend on others of its kind. */
export interface Dependent {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** Dependencies before dependents; what is in a cycle, or behind one, comes apart. */
export interface DependencyOrder<T> {
  readonly ordered: readonly T[];
  /** Each cycle found, as `namespace/name`s with the first repeated at the end. */
  readonly cycles: readonly (readonly string[])[];
}

/** Sorts `objects` so that each comes after those of them it depends on (KS-16); ties keep their order. */
export function inDependencyOrder<T extends Dependent>(objects: readonly T[]): DependencyOrder<T> {
  const byName = new Map(objects.map((object) => [keyOf(object), object]));
  const state = new Map<string, 'visiting' | 'done'>();
  const ordered: T[] = [];
  const cycles: string[][] = [];

  const visit = (key: string, path: readonly string[]): void => {
    const object = byName.get(key);
    if (object === undefined || state.get(key) === 'done') return;
    if (state.get(key) === 'visiting') {
      cycles.push([...path.slice(path.indexOf(key)), key]);
      return;
    }
    state.set(key, 'visiting');
    for (const dependency of dependenciesOf(object)) visit(dependency, [...path, key]);
    state.set(key, 'done');
    ordered.push(object);
  };
  for (const key of byName.keys()) visit(key, []);
  return { ordered, cycles };
}

/** `namespace/name` of everything in `spec.dependsOn`. */
export function dependenciesOf(object: Dependent): readonly string[] {
  const { dependsOn = [] } = (object.spec ?? {}) as {
    dependsOn?: readonly { name: string; namespace?: string }[];
  };
  return dependsOn.map(({ name, namespace }) =>
    namespacedName({ name, namespace: namespace || (object.metadata.namespace ?? '') }),
  );
}

function keyOf(object: Dependent): string {
  return namespacedName({ name: object.metadata.name, namespace: object.metadata.namespace ?? '' });
}
