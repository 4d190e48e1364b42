import { readdirSync, readFileSync } from 'node:fs';
import type { CustomResourceDefinition } from '../../../shared/api/crd.ts';
import type { StructuralSchema } from '../../../shared/api/structural-schema.ts';

/** What a CRD says of one field: its type and constraints, whether it is required, and nothing for people. */
export type FieldFacts = Readonly<Record<string, unknown>>;

/** The facts of one of upstream's CRDs, kept in test/parity/upstream-fields. */
export interface UpstreamKind {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: string;
  /** Whether it has the subresource `status`. */
  readonly status: boolean;
  readonly columns: readonly Readonly<Record<string, unknown>>[];
  /** By path: `.spec.url`, `[]` for the items of a list, `{}` for the values of a map, `.` for the object itself. */
  readonly fields: Readonly<Record<string, FieldFacts>>;
}

const UPSTREAM = new URL('../../parity/upstream-fields/', import.meta.url);

/** Every kind whose facts are kept. */
export function upstreamKinds(): readonly UpstreamKind[] {
  return readdirSync(UPSTREAM)
    .sort()
    .map((name) => JSON.parse(readFileSync(new URL(name, UPSTREAM), 'utf8')) as UpstreamKind);
}

/** Every field of a CRD's only version, by path. */
export function fieldsOf(crd: CustomResourceDefinition): Record<string, FieldFacts> {
  const fields: Record<string, FieldFacts> = {};
  for (const version of crd.spec.versions) addFields(fields, version.schema.openAPIV3Schema, '', false);
  return fields;
}

function addFields(
  fields: Record<string, FieldFacts>,
  schema: StructuralSchema,
  path: string,
  isRequired: boolean,
): void {
  const { properties, items, additionalProperties, required, description: _, ...facts } = schema;
  fields[path || '.'] = isRequired ? { ...facts, required: true } : facts;
  for (const [name, value] of Object.entries(properties ?? {})) {
    addFields(fields, value, `${path}.${name}`, required?.includes(name) ?? false);
  }
  if (items) addFields(fields, items, `${path}[]`, false);
  if (additionalProperties) addFields(fields, additionalProperties, `${path}{}`, false);
}
