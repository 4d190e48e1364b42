import { objectMeta } from './built-in.ts';
import type { Schema } from './schema.ts';
import { definitionOf } from './structural.ts';

/** An object without what its schema does not know, and where that was, such as `spec.foo[0].bar`. */
export interface Pruned<T> {
  readonly object: T;
  readonly unknown: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Unknown fields in the order in which the API server tells them: of the metadata, of the object, of metadata within it. */
interface Unknown {
  readonly metadata: string[];
  readonly own: string[];
  readonly embedded: string[];
}

/** Removes what `schema` does not declare, and nulls that stand for nothing; what does not change is shared with `object`. */
export function prune<T>(object: T, schema: Schema): Pruned<T> {
  if (definitionOf(schema) === undefined) {
    const unknown: string[] = [];
    return { object: pruneBuiltIn(object, schema, '', unknown) as T, unknown };
  }
  const unknown: Unknown = { metadata: [], own: [], embedded: [] };
  const pruned = withoutNulls(pruneRoot(object, schema, unknown), schema) as T;
  const { metadata, own, embedded } = unknown;
  return { object: pruned, unknown: [...metadata.sort(), ...own.sort(), ...embedded.sort()] };
}

/** Removes what a part of a custom kind's schema does not declare; paths begin with a dot. */
export function pruneValue(value: unknown, schema: Schema): Pruned<unknown> {
  const unknown: Unknown = { metadata: [], own: [], embedded: [] };
  const object = pruneCustom(value, schema, '', unknown);
  return { object, unknown: [...unknown.own, ...unknown.embedded] };
}

/** The words of `fieldValidation=Strict`: what follows `strict decoding error: `, and what each warning says. */
export function unknownFieldTexts(unknown: readonly string[]): readonly string[] {
  return unknown.map((path) => `unknown field "${path}"`);
}

function pruneRoot(object: unknown, schema: Schema, unknown: Unknown): unknown {
  const fields = fieldsOf(object);
  if (!fields) return object;
  return mapMembers(fields, (value, name) => {
    if (name === 'metadata') return plainMetadata(pruneBuiltIn(value, objectMeta(), name, unknown.metadata));
    const child = schema.field(name);
    if (child) return pruneCustom(value, child, name, unknown);
    if (!schema.preservesUnknown) unknown.own.push(name);
    return schema.preservesUnknown ? value : undefined;
  });
}

// Zeros of metadata are dropped as encoding them does.
function plainMetadata(metadata: unknown): unknown {
  const fields = fieldsOf(metadata);
  return fields && mapMembers(fields, (value) => (isZero(value) ? undefined : value));
}

function isZero(value: unknown): boolean {
  if (value === null || value === '' || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function pruneCustom(value: unknown, schema: Schema | undefined, path: string, unknown: Unknown): unknown {
  if (Array.isArray(value)) {
    // Of a list of which nothing is declared, everything is kept.
    if (schema?.preservesUnknown && schema.items === undefined) return value;
    return mapItems(value, (item, at) => pruneCustom(item, schema?.items, `${path}[${at}]`, unknown));
  }
  const fields = fieldsOf(value);
  if (!fields) return value;
  return mapMembers(fields, (member, name) => {
    const at = `${path}.${name}`;
    const child = schema?.field(name);
    if (child && schema?.embedded && name === 'metadata') {
      return plainMetadata(pruneBuiltIn(member, child, at, unknown.embedded));
    }
    if (child) return pruneCustom(member, child, at, unknown);
    if (schema?.preservesUnknown) return member;
    unknown.own.push(at);
    return undefined;
  });
}

function pruneBuiltIn(value: unknown, schema: Schema, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items
      ? mapItems(value, (item, at) => pruneBuiltIn(item, items, `${path}[${at}]`, unknown))
      : value;
  }
  const fields = fieldsOf(value);
  if (!fields) return value;
  return mapMembers(fields, (member, name) => {
    const at = path === '' ? name : `${path}.${name}`;
    const child = schema.field(name);
    // To a decoder of a built-in kind null says nothing at all.
    if (child && member === null && schema.type === 'object') return undefined;
    if (child) return pruneBuiltIn(member, child, at, unknown);
    if (schema.preservesUnknown) return member;
    unknown.push(at);
    return undefined;
  });
}

/** Drops nulls where neither null nor a default is allowed. */
function withoutNulls(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return mapItems(value, (item) => withoutNulls(item, schema?.items));
  const fields = fieldsOf(value);
  if (!fields) return value;
  return mapMembers(fields, (member, name) => {
    const child = schema?.field(name);
    const drops = member === null && child && !child.nullable && child.default === undefined;
    return drops ? undefined : withoutNulls(member, child);
  });
}

/** The members of a JSON object; undefined of anything else. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** `fields` with each member changed, or left out when it becomes undefined; itself when nothing changed. */
export function mapMembers(fields: Fields, change: (value: unknown, name: string) => unknown): Fields {
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    const made = change(value, name);
    changed ||= made !== value;
    if (made !== undefined) entries.push([name, made]);
  }
  return changed ? Object.fromEntries(entries) : fields;
}

/** `items` with each item changed; itself when nothing changed. */
export function mapItems(
  items: readonly unknown[],
  change: (value: unknown, at: number) => unknown,
): readonly unknown[] {
  const made = items.map(change);
  return made.some((item, at) => item !== items[at]) ? made : items;
}
