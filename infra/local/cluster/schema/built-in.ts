import {
  type Field,
  fieldOf,
  isAtomicType,
  readRow,
  typeRow,
} from '../../../../shared/core/kubernetes-schema/field.ts';
import type { TypeRow } from '../../../../shared/core/kubernetes-schema/table.ts';
import type { Schema } from './schema.ts';

/** Scalars of the table whose JSON type is not their name. */
const JSON_TYPES: Readonly<Record<string, Schema['type']>> = {
  byte: 'string',
  'date-time': 'string',
  int32: 'integer',
  int64: 'integer',
  double: 'number',
  quantity: 'int-or-string',
};

/** What is told apart from nothing else: the base of every node. Any value of a built-in kind may be null, which means absent. */
const PLAIN: Schema = {
  type: 'any',
  nullable: true,
  preservesUnknown: false,
  embedded: false,
  atomic: true,
  fieldNames: [],
  field: () => undefined,
  items: undefined,
  listType: undefined,
  listKeys: [],
  patchStrategy: [],
  patchMergeKey: undefined,
  default: undefined,
};

const types = new Map<string, Schema>();

/** The schema of a type of the table, such as `apps.v1.Deployment`; made once for all clusters. Throws when there is none. */
export function builtInType(name: string): Schema {
  const known = types.get(name);
  if (known) return known;
  const row = typeRow(name);
  if (row === undefined) throw new Error(`no type ${name} in the table of built-in kinds`);
  const made = nodeOfType(name, row);
  types.set(name, made);
  return made;
}

/** The schema of every object's metadata. */
export function objectMeta(): Schema {
  return builtInType('meta.v1.ObjectMeta');
}

function nodeOfType(name: string, row: TypeRow): Schema {
  // A raw extension is one value to server-side apply; any other unknown value is merged by what it turns out to be.
  if (name === 'runtime.RawExtension') return { ...PLAIN, preservesUnknown: true };
  if (typeof row === 'string') return nodeOf(readRow(row, ''));
  const fields = new Map<string, Schema | undefined>();
  return {
    ...PLAIN,
    type: 'object',
    atomic: isAtomicType(name),
    fieldNames: Object.keys(row).map((field) => field.replace(/!$/, '')),
    field(member) {
      if (fields.has(member)) return fields.get(member);
      const field = fieldOf(name, member);
      const made = field && nodeOf(field);
      if (made) fields.set(member, made);
      return made;
    },
  };
}

function nodeOf(field: Field): Schema {
  const { patchStrategy, mergeKey } = field;
  return {
    ...shapeOf(field),
    ...(field.atomic !== undefined && { atomic: field.atomic }),
    patchStrategy: patchStrategy as Schema['patchStrategy'],
    patchMergeKey: mergeKey,
    default: field.default,
  };
}

function shapeOf({ holds, name, of, listType, listKeys }: Field): Schema {
  if (holds === 'type') return builtInType(name);
  if (holds === 'scalar') return scalar(name);
  const inner = of && nodeOf(of);
  if (holds === 'map') return { ...PLAIN, type: 'map', atomic: false, field: () => inner };
  const atomic = listType !== 'set' && listType !== 'map';
  return { ...PLAIN, type: 'list', atomic, items: inner, listType, listKeys };
}

function scalar(name: string): Schema {
  if (name === 'any') return { ...PLAIN, preservesUnknown: true, atomic: false };
  if (name === 'object') return { ...PLAIN, type: 'object', preservesUnknown: true, atomic: false };
  const type = JSON_TYPES[name] ?? (name as Schema['type']);
  return { ...PLAIN, type, ...(type !== name && { format: name }) };
}
