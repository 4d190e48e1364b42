import type { JsonSchema } from '../json-schema.ts';
import type { Result } from './finding.ts';

/** How a value's parts are validated: anew, or beside what they were before. */
export interface Below {
  member(name: string, schema: JsonSchema, value: unknown, path: string): Result;
  item(at: number, schema: JsonSchema, value: unknown, path: string): Result;
  /** The value itself by another schema, such as one of `anyOf`. */
  again(schema: JsonSchema, value: unknown, path: string): Result;
}
