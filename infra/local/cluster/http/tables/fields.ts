/** A JSON object, as far as a table looks into it. */
export type Json = Readonly<Record<string, unknown>>;

/** What stands at `path`, if every step on the way is there. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Json)[step];
  }
  return found;
}

/** The text at `path`; empty when there is none. */
export function text(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The number at `path`; 0 when there is none. */
export function count(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

/** The objects of the list at `path`; empty when there is none. */
export function list(value: unknown, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

/** The texts of the list at `path`. */
export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  return (list(value, ...path) as readonly unknown[]).map(String);
}

/** The members of the object at `path`; empty when there is none. */
export function members(value: unknown, ...path: readonly string[]): Json {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Json) : {};
}

/** Status of the condition `type`, such as `True`; undefined when there is none. */
export function conditionStatus(object: Json, type: string): string | undefined {
  const found = list(object, 'status', 'conditions').find((condition) => condition.type === type);
  return found && text(found, 'status');
}
