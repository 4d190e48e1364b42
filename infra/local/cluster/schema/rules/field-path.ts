import { additionalOf, type JsonSchema, propertyOf } from '../json-schema.ts';

/** The path of a rule's `fieldPath` such as `.a['b']` below its value, as errors write it (`a.b`, or `a[b]` in a map); undefined when the schema has no such field. */
export function fieldPathOf(fieldPath: string, schema: JsonSchema): string | undefined {
  const step = /\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\]/y;
  let at: JsonSchema = schema;
  let path = '';
  while (step.lastIndex < fieldPath.length) {
    const match = step.exec(fieldPath);
    if (!match) return undefined;
    const name = match[1] ?? (match[2] ?? '').replace(/\\(.)/g, '$1');
    const child = at.properties ? propertyOf(at, name) : additionalOf(at);
    if (!child) return undefined;
    path += at.properties ? (path === '' ? name : `.${name}`) : `[${name}]`;
    at = child;
  }
  return path;
}
