import {
  type Field,
  fieldOf,
  isAtomicType,
  packageOf,
  readRow,
  typeRow,
} from '../../../../shared/core/kubernetes-schema/field.ts';
import { KUBERNETES_TABLE, type TypeRow } from '../../../../shared/core/kubernetes-schema/table.ts';
import type { Kind } from './kind.ts';

/** A schema as OpenAPI v3 writes it. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

const INTEGERS: ReadonlySet<string> = new Set(['int32', 'int64']);
const FORMATS_OF_TEXT: ReadonlySet<string> = new Set(['byte', 'date-time']);

/** The name under which a type of the table is published: `io.k8s.api.core.v1.Pod` of `core.v1.Pod`. */
export function publishedName(type: string): string {
  const own = packageOf(type);
  return `${KUBERNETES_TABLE.packages[own]?.[0] ?? own}${type.slice(own.length)}`;
}

/** A reference to a published schema. */
export function reference(published: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${published}` };
}

/** The schemas of `roots` and of all that they refer to, by published name; `kindsOf` tells which of them are kinds. */
export function builtInSchemas(
  roots: readonly string[],
  kindsOf: (type: string) => readonly Kind[],
): Readonly<Record<string, OpenApiSchema>> {
  const waiting = [...roots];
  const found = new Map<string, OpenApiSchema>();
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    const row = typeRow(type);
    const name = publishedName(type);
    if (row === undefined || found.has(name)) continue;
    const kinds = kindsOf(type);
    found.set(name, {
      ...typeSchema(type, row),
      ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds }),
    });
    waiting.push(...referredTypes(type, row));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function referredTypes(type: string, row: TypeRow): readonly string[] {
  if (typeof row === 'string') return [];
  return Object.keys(row).flatMap((name) => {
    let field = fieldOf(type, plain(name));
    while (field?.of) field = field.of;
    return field?.holds === 'type' ? [field.name] : [];
  });
}

function plain(name: string): string {
  return name.replace(/!$/, '');
}

function typeSchema(type: string, row: TypeRow): OpenApiSchema {
  const atomic = isAtomicType(type) && { 'x-kubernetes-map-type': 'atomic' };
  if (typeof row === 'string') return { ...scalarSchema(row), ...atomic };
  const names = Object.keys(row);
  const required = names.filter((name) => name.endsWith('!')).map(plain);
  const own = packageOf(type);
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(
      names.map((name) => [plain(name), fieldSchema(readRow(row[name] ?? 'any', own))]),
    ),
    ...atomic,
  };
}

function fieldSchema(field: Field): OpenApiSchema {
  const { listType, listKeys, mergeKey, patchStrategy } = field;
  const details = {
    ...(field.default !== undefined && { default: field.default }),
    ...(field.enum && { enum: field.enum }),
    ...(field.atomic !== undefined && { 'x-kubernetes-map-type': field.atomic ? 'atomic' : 'granular' }),
    ...(listKeys.length > 0 && { 'x-kubernetes-list-map-keys': listKeys }),
    ...(listType && { 'x-kubernetes-list-type': listType }),
    ...(mergeKey !== undefined && { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(patchStrategy.length > 0 && { 'x-kubernetes-patch-strategy': patchStrategy.join(',') }),
  };
  return { ...shapeSchema(field), ...details };
}

/** References stand alone in maps and lists without defaults, and within `allOf` beside anything else. */
function shapeSchema({ holds, name, of }: Field): OpenApiSchema {
  switch (holds) {
    case 'type':
      return { allOf: [reference(publishedName(name))] };
    case 'list':
      return { type: 'array', items: of ? inner(of) : {} };
    case 'map':
      return { type: 'object', additionalProperties: of ? inner(of) : {} };
    default:
      return scalarSchema(name);
  }
}

function inner(field: Field): OpenApiSchema {
  const alone = field.holds === 'type' && field.default === undefined;
  return alone ? reference(publishedName(field.name)) : fieldSchema(field);
}

function scalarSchema(name: string): OpenApiSchema {
  if (name === 'any') return {};
  if (INTEGERS.has(name)) return { type: 'integer', format: name };
  if (FORMATS_OF_TEXT.has(name)) return { type: 'string', format: name };
  if (name === 'double') return { type: 'number', format: 'double' };
  if (name === 'quantity') return { oneOf: [{ type: 'string' }, { type: 'number' }] };
  if (name === 'int-or-string') return { format: name, oneOf: [{ type: 'integer' }, { type: 'string' }] };
  return { type: name };
}
