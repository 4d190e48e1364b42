import { type DetailedRow, KUBERNETES_TABLE, type Row, type TypeRow } from './table.ts';

/** A row of the table, read. */
export interface Field {
  /** A scalar (or `object`, `any`) by name, a type by `package.Type`, a list of items, or a map of values. */
  readonly holds: 'scalar' | 'type' | 'list' | 'map';
  /** Of a scalar or a type. */
  readonly name: string;
  /** Of a list's items or a map's values. */
  readonly of: Field | undefined;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  readonly listKeys: readonly string[];
  /** Whether a map or a reference is owned as one value; undefined where its type decides. */
  readonly atomic: boolean | undefined;
  readonly patchStrategy: readonly string[];
  readonly mergeKey: string | undefined;
  readonly default: unknown;
  readonly enum: readonly string[] | undefined;
}

const ZERO: Readonly<Record<string, unknown>> = { string: '', int32: 0, int64: 0, boolean: false };

/** Reads a row in a type of the package `own`, such as `core.v1`. */
export function readRow(row: Row, own: string): Field {
  return typeof row === 'string' ? readText(row, own) : readDetails(row, own);
}

/** The row of a type by `package.Type`; undefined when there is none. */
export function typeRow(name: string): TypeRow | undefined {
  return KUBERNETES_TABLE.types[name];
}

/** `core.v1` of `core.v1.PodSpec`. */
export function packageOf(type: string): string {
  return type.slice(0, type.lastIndexOf('.'));
}

/** Whether values of a type are owned as one. */
export function isAtomicType(type: string): boolean {
  return KUBERNETES_TABLE.atomic.includes(type);
}

/** A field of a type by its name; undefined when the type has none of that name. */
export function fieldOf(type: string, name: string): Field | undefined {
  const rows = typeRow(type);
  if (rows === undefined || typeof rows === 'string') return undefined;
  const row = Object.hasOwn(rows, name) ? rows[name] : rows[`${name}!`];
  return row === undefined ? undefined : readRow(row, packageOf(type));
}

/** The type of a kind, such as `apps.v1.Deployment`; undefined when it is not built in. */
export function typeOfKind(apiVersion: string, kind: string): string | undefined {
  const found = Object.entries(KUBERNETES_TABLE.packages).find(([, [, version]]) => version === apiVersion);
  const name = found && `${found[0]}.${kind}`;
  return name !== undefined && Object.hasOwn(KUBERNETES_TABLE.types, name) ? name : undefined;
}

function readText(row: string, own: string): Field {
  const inner = row.slice(1, -1);
  if (row.startsWith('[')) return { ...field('list', '', readText(inner, own)), listType: 'atomic' };
  if (row.startsWith('{')) return field('map', '', readText(inner, own));
  const name = row.endsWith('=') ? row.slice(0, -1) : row;
  const isType = /[.A-Z]/.test(name);
  const read = field(isType ? 'type' : 'scalar', isType && !name.includes('.') ? `${own}.${name}` : name);
  return name === row ? read : { ...read, default: isType ? {} : ZERO[name] };
}

function readDetails(row: DetailedRow, own: string): Field {
  return {
    ...shapeOf(row, own),
    listType: row.type,
    listKeys: row.keys ?? [],
    atomic: row.atomic,
    patchStrategy: row.patch?.split(',') ?? [],
    mergeKey: row.mergeKey,
    ...(row.default !== undefined && { default: row.default }),
    enum: row.enum,
  };
}

function shapeOf({ of, list, map }: DetailedRow, own: string): Field {
  if (list !== undefined) return field('list', '', readRow(list, own));
  if (map !== undefined) return field('map', '', readRow(map, own));
  return readText(of ?? 'any', own);
}

function field(holds: Field['holds'], name: string, of?: Field): Field {
  return {
    holds,
    name,
    of,
    listType: undefined,
    listKeys: [],
    atomic: undefined,
    patchStrategy: [],
    mergeKey: undefined,
    default: undefined,
    enum: undefined,
  };
}
