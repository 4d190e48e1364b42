import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';

/** Members of a JSON object that is being made and belongs to nobody else yet. */
export type Fields = Record<string, unknown>;

/** `value` when it is a JSON object, else undefined. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The JSON objects in a list; none when it is no list. */
export function itemsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((item): item is Fields => fieldsOf(item) !== undefined) : [];
}

/** The strings in a list; none when it is no list. */
export function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `value` when it is a string, else the empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `value` as a number, or `otherwise`. */
export function numberOf(value: unknown, otherwise = 0): number {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : otherwise;
}

/** The value at a path of members, such as `spec.template.spec`. */
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) value = fieldsOf(value)?.[name];
  return value;
}

/** The JSON object at a path of members; undefined when there is none. */
export function fieldsAt(object: unknown, path: string): Fields | undefined {
  return fieldsOf(at(object, path));
}

/** Entries with string values, such as labels. */
export function stringEntries(value: unknown): [string, string][] {
  return Object.entries(fieldsOf(value) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
}

/** Sets a member that is absent or null. */
export function fallback(object: Fields, name: string, value: unknown): void {
  if (object[name] === undefined || object[name] === null) object[name] = value;
}

/** The object at `name`, made when it is absent. */
export function childOf(object: Fields, name: string): Fields {
  const present = fieldsOf(object[name]);
  if (present) return present;
  const made: Fields = {};
  object[name] = made;
  return made;
}

const OWN = { configurable: true, enumerable: true, writable: true };

/** A copy that may be changed without anybody seeing it. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const fields = fieldsOf(value);
  if (!fields) return value;
  const copy: Fields = {};
  for (const name of Object.keys(fields)) {
    // An own member of that name, as of JSON, must not become the prototype.
    if (name === '__proto__') Object.defineProperty(copy, name, { ...OWN, value: copyOf(fields[name]) });
    else copy[name] = copyOf(fields[name]);
  }
  return copy as T;
}

/** Whether two JSON values are equal; absent, null, empty lists and empty maps of absent members are alike. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameValue(item, other[index]));
  }
  const [left, right] = [fieldsOf(one), fieldsOf(other)];
  if (!left || !right) return isNothing(one) && isNothing(other);
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names].every((name) => sameValue(left[name], right[name]));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/** The object with some of its members replaced; undefined removes one. */
export function withMembers(object: KubernetesObject, members: Readonly<Fields>): KubernetesObject {
  const merged: Fields = { ...object, ...members };
  for (const [name, value] of Object.entries(members)) if (value === undefined) delete merged[name];
  return merged as KubernetesObject;
}

/** The object with some of its metadata replaced; undefined removes a member. */
export function withMetadata(object: KubernetesObject, members: Readonly<Fields>): KubernetesObject {
  const metadata: Fields = { ...object.metadata, ...members };
  for (const [name, value] of Object.entries(members)) if (value === undefined) delete metadata[name];
  return { ...object, metadata } as unknown as KubernetesObject;
}

/** Members as the API server's messages show its inner forms: capitalised, all of `names`, absent ones null. */
export function innerForm(object: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.map((name) => [`${name.charAt(0).toUpperCase()}${name.slice(1)}`, object[name] ?? null]),
  );
}
