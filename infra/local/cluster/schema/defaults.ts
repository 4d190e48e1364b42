import { fieldsOf, mapItems } from './prune.ts';
import type { Schema } from './schema.ts';

/** `object` with the defaults that its schema declares, also inside of defaults; what does not change is shared with `object`. */
export function withDefaults<T>(object: T, schema: Schema): T {
  return defaulted(object, schema) as T;
}

function defaulted(value: unknown, schema: Schema | undefined): unknown {
  if (!schema) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? mapItems(value, (item) => defaulted(given(item, items), items)) : value;
  }
  const fields = fieldsOf(value);
  return fields ? members(fields, schema) : value;
}

function members(fields: Readonly<Record<string, unknown>>, schema: Schema): unknown {
  const made: Record<string, unknown> = {};
  let changed = false;
  for (const [name, value] of Object.entries(fields)) {
    const child = schema.field(name);
    made[name] = child ? defaulted(given(value, child), child) : value;
    changed ||= made[name] !== value;
  }
  for (const name of schema.fieldNames) {
    if (Object.hasOwn(fields, name)) continue;
    const child = schema.field(name);
    if (child?.default === undefined) continue;
    made[name] = defaulted(child.default, child);
    changed = true;
  }
  return changed ? made : fields;
}

/** A null that is not allowed gives way to the default; without one it stays, and is refused later. */
function given(value: unknown, schema: Schema): unknown {
  return value === null && !schema.nullable && schema.default !== undefined ? schema.default : value;
}
