import { type Field, fieldOf, packageOf, typeRow } from '../../../../shared/core/kubernetes-schema/field.ts';
import { base64Problem, quantityProblem, timeProblem } from './texts.ts';

/** A field on the way: the Go type that has it, and its path without indices and keys. */
export interface Place {
  readonly struct: string;
  readonly path: string;
}

const INT_BITS: Readonly<Record<string, bigint>> = { int32: 32n, int64: 64n };

/** The Go types of scalars, as errors name them. */
const GO_TYPES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  byte: '[]uint8',
  'date-time': 'v1.Time',
  double: 'float64',
  'int-or-string': 'intstr.IntOrString',
  quantity: 'resource.Quantity',
};

/** Ends decoding at once, as errors of a type's own decoder do. */
class Abort extends Error {}

/** Why `value` cannot be of the table's type, in the API server's words; undefined when it can. */
export function problemOf(type: string, value: unknown, place: Place): string | undefined {
  const problems: string[] = [];
  try {
    visitType(type, value, place, problems);
  } catch (error) {
    if (error instanceof Abort) return error.message;
    throw error;
  }
  return problems[0];
}

function visitType(type: string, value: unknown, place: Place, problems: string[]): void {
  if (value === null) return;
  const row = typeRow(type);
  if (typeof row === 'string') {
    visitScalar(row, value, place, problems, type);
    return;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push(mismatch(value, place, goName(type)));
    return;
  }
  const struct = type.slice(type.lastIndexOf('.') + 1);
  for (const [name, member] of Object.entries(value)) {
    const field = fieldOf(type, name);
    const path = place.path === '' ? name : `${place.path}.${name}`;
    if (field) visitField(field, member, { struct, path }, problems);
  }
}

function visitField(field: Field, value: unknown, place: Place, problems: string[]): void {
  if (value === null) return;
  const { holds, name, of } = field;
  if (holds === 'type') visitType(name, value, place, problems);
  else if (holds === 'scalar') visitScalar(name, value, place, problems);
  else if (holds === 'list') {
    if (!Array.isArray(value)) problems.push(mismatch(value, place, goType(field)));
    else if (of) for (const item of value) visitField(of, item, place, problems);
  } else if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push(mismatch(value, place, goType(field)));
  } else if (of) {
    for (const member of Object.values(value)) visitField(of, member, place, problems);
  }
}

function visitScalar(scalar: string, value: unknown, place: Place, problems: string[], type = ''): void {
  const refuse = (go: string, literal = '') => {
    problems.push(mismatch(value, place, go, literal));
  };
  switch (scalar) {
    case 'quantity':
      abortIf(quantityProblem(value));
      return;
    case 'int-or-string':
      if (typeof value !== 'string' && !isInt(value, 'int32')) refuse('int32', literalOf(value));
      return;
    case 'int32':
    case 'int64':
      if (!isInt(value, scalar)) refuse(scalar, literalOf(value));
      return;
    case 'double':
      if (typeof value !== 'number' && typeof value !== 'bigint') refuse('float64');
      return;
    case 'boolean':
      if (typeof value !== 'boolean') refuse('bool');
      return;
    case 'date-time':
      if (typeof value !== 'string') refuse('string');
      else abortIf(timeProblem(value, type.endsWith('MicroTime')));
      return;
    case 'byte':
      if (typeof value !== 'string') refuse('[]uint8');
      else problems.push(...base64Problem(value));
      return;
    case 'string':
      if (typeof value !== 'string') refuse('string');
      return;
    default:
  }
}

function abortIf(problem: string | undefined): void {
  if (problem !== undefined) throw new Abort(problem);
}

function mismatch(value: unknown, { struct, path }: Place, go: string, literal = ''): string {
  const found = `${jsonName(value)}${literal}`;
  return `json: cannot unmarshal ${found} into Go struct field ${struct}.${path} of type ${go}`;
}

/** A number that is no integer of its type is quoted. */
function literalOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? ` ${value}` : '';
}

function jsonName(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return (
    { boolean: 'bool', bigint: 'number', number: 'number', string: 'string' }[typeof value as string] ??
    'object'
  );
}

function isInt(value: unknown, type: 'int32' | 'int64'): boolean {
  if (typeof value === 'number' ? !Number.isInteger(value) : typeof value !== 'bigint') return false;
  const limit = 2n ** ((INT_BITS[type] ?? 64n) - 1n);
  const integer = BigInt(value as number | bigint);
  return integer >= -limit && integer < limit;
}

function goType(field: Field): string {
  const { holds, name, of } = field;
  if (holds === 'list') return of ? `[]${goType(of)}` : '[]interface {}';
  if (of?.name === 'resource.Quantity') return 'v1.ResourceList';
  if (holds === 'map') return of ? `map[string]${goType(of)}` : 'map[string]interface {}';
  return holds === 'type' ? goName(name) : (GO_TYPES[name] ?? name);
}

/** `v1.PodSpec` of `core.v1.PodSpec`. */
function goName(type: string): string {
  const row = typeRow(type);
  if (typeof row === 'string' && GO_TYPES[row] !== undefined) return GO_TYPES[row];
  const own = packageOf(type);
  return type.slice(own.lastIndexOf('.') + 1);
}
