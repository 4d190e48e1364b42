import { additionalOf, itemsOf, type JsonSchema } from '../json-schema.ts';
import { escapedName } from './escape.ts';

const STRING: JsonSchema = { type: 'string' };

/** What rules may read of every whole object, whatever its schema says. */
const WHOLE: Readonly<Record<string, JsonSchema>> = {
  apiVersion: STRING,
  kind: STRING,
  metadata: { type: 'object', properties: { name: STRING, generateName: STRING } },
};

/** The schema of a whole object as rules see it. */
export function wholeSchema(schema: JsonSchema): JsonSchema {
  return { ...schema, properties: { ...schema.properties, ...WHOLE } };
}

/** The schema as rules see it: a whole object's where it is one. */
export function seenSchema(schema: JsonSchema): JsonSchema {
  return schema['x-kubernetes-embedded-resource'] ? wholeSchema(schema) : schema;
}

/** Whether rules can see a value: where it is of a known type through and through. */
export function isVisible(schema: JsonSchema | undefined): schema is JsonSchema {
  if (!schema) return false;
  if (schema['x-kubernetes-int-or-string']) return true;
  switch (schema.type) {
    case 'array':
      return isVisible(itemsOf(schema));
    case 'object':
      return additionalOf(schema) === undefined || isVisible(additionalOf(schema));
    case 'string':
    case 'boolean':
    case 'number':
    case 'integer':
      return true;
    default:
      return false;
  }
}

/** The property that a rule calls `name`; undefined when it sees none. */
export function declaredField(schema: JsonSchema, name: string): JsonSchema | undefined {
  const seen = Object.entries(schema.properties ?? {}).find(
    ([property, child]) => escapedName(property) === name && isVisible(child),
  );
  return seen && seenSchema(seen[1]);
}
