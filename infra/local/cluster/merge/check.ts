import type { Schema } from '../schema/schema.ts';
import { elementText, fieldElement, itemElement, pathText } from './elements.ts';
import { goSyntax, goText, goType } from './go-text.ts';
import { isMap, memberSchema } from './values.ts';

/**
 * What keeps an object from being merged by its schema, each as `path: message` in the API server's words: undeclared fields,
 * values of another type, items without a key or with the key of another. Values are not checked further.
 */
export function untypedParts(object: unknown, schema: Schema): readonly string[] {
  const place: Place = { errors: [], path: [] };
  check(place, object, schema, false);
  return place.errors;
}

interface Place {
  readonly errors: string[];
  /** In elements. */
  readonly path: string[];
}

/** `lenient`: a schema above keeps unknown members; so do those beneath it, as far as types go. */
function check(place: Place, value: unknown, schema: Schema, lenient: boolean): void {
  if (value === null) return;
  switch (schema.type) {
    case 'object':
    case 'map':
      if (isMap(value)) checkMembers(place, value, schema, lenient || schema.preservesUnknown);
      else report(place, `expected map, got &{${goText(value)}}`);
      return;
    case 'list':
      if (Array.isArray(value)) checkItems(place, value, schema, lenient);
      else report(place, `expected list, got &{${goText(value)}}`);
      return;
    case 'any':
      return;
    default:
      checkScalar(place, value, schema);
  }
}

function checkMembers(
  place: Place,
  map: Readonly<Record<string, unknown>>,
  schema: Schema,
  lenient: boolean,
): void {
  // An object that declares nothing takes everything.
  const open = lenient || schema.type === 'map' || schema.fieldNames.length === 0;
  for (const name in map) {
    place.path.push(fieldElement(name));
    const declared = open || schema.field(name) !== undefined;
    if (declared) check(place, map[name], memberSchema(schema, name), lenient);
    else report(place, 'field not declared in schema');
    place.path.pop();
    if (!declared) return;
  }
}

function checkItems(place: Place, list: readonly unknown[], schema: Schema, lenient: boolean): void {
  const associative = schema.listType === 'set' || schema.listType === 'map';
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    let element = `i:${index}`;
    if (associative) {
      const found = itemElement(schema, item);
      if ('error' in found) {
        report(place, `element ${index}: ${found.error}`);
        return;
      }
      element = found.element;
      if (seen.has(element)) report(place, `duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    if (!schema.items) continue;
    place.path.push(element);
    check(place, item, schema.items, lenient);
    place.path.pop();
  }
}

// Strings of these formats have Go types of their own, which take any scalar.
const PLAIN_FORMATS: ReadonlySet<string | undefined> = new Set([undefined, '', 'byte']);

function checkScalar(place: Place, value: unknown, { type, format }: Schema): void {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (type === 'integer' || type === 'number') {
    if (!isNumber) report(place, `expected numeric (int or float), got ${goType(value)}`);
  } else if (type === 'boolean') {
    if (typeof value !== 'boolean') report(place, `expected boolean, got &{${goText(value)}}`);
  } else if (type === 'string' && PLAIN_FORMATS.has(format)) {
    if (typeof value !== 'string') {
      report(place, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    }
  } else if (typeof value === 'object' && !(type === 'int-or-string' && format !== 'quantity')) {
    // Numbers or strings are declared without a type, so that anything passes here; quantities are not.
    report(place, `expected any scalar, got &{${goText(value)}}`);
  }
}

function report({ errors, path }: Place, message: string): void {
  errors.push(path.length === 0 ? message : `${pathText(path)}: ${message}`);
}
