import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Schema } from '../schema/schema.ts';
import { isEmptyMap } from './values.ts';

// Of the lists whose items have owners, the one that built-in kinds never leave out when it is empty.
const NEVER_LEFT_OUT = 'containers';

/**
 * What a new object is compared with: of custom kinds nothing, of built-in kinds the structs that are always there
 * (their default is `{}`) and what is written when it is zero, which is why nobody owns `spec` itself, but somebody `spec` of a custom kind.
 */
export function newObject(object: KubernetesObject, schema: Schema, custom: boolean): KubernetesObject {
  const { apiVersion, kind } = object;
  const members = custom ? {} : structs(schema);
  return { ...members, apiVersion, kind, metadata: {} } as unknown as KubernetesObject;
}

const structsOf = new WeakMap<Schema, Readonly<Record<string, unknown>>>();

function structs(schema: Schema): Readonly<Record<string, unknown>> {
  const known = structsOf.get(schema);
  if (known) return known;
  const found: Record<string, unknown> = {};
  for (const name of schema.fieldNames) {
    const field = schema.field(name);
    if (!field) continue;
    if (field.type === 'object' && isEmptyMap(field.default)) found[name] = structs(field);
    else if (name === NEVER_LEFT_OUT && field.listType === 'map') found[name] = null;
    // Of Events these are written when they are zero, too.
    else if (field.format === 'date-time') found[name] = null;
    else if (isZero(field.default)) found[name] = field.default;
  }
  structsOf.set(schema, found);
  return found;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}
