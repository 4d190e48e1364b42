import * as z from 'zod';

/**
 * The type of an object that a schema describes, read-only at every depth.
 *
 * Optional fields are exact (`field?: T`, never `T | undefined`), as in core/kubernetes-object.ts: leave a field out
 * instead of setting it to undefined. Fields with a default are present, because the API server fills them in on
 * every read. An object read from a cluster has passed its CRD, so `object as GitRepository` is enough; `parse` what
 * comes from elsewhere. The server does accept an object without `spec`.
 */
export type Infer<Schema extends z.ZodType> = DeepReadonly<z.output<Schema>>;

export type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** One CEL rule, enforced by the API server. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

/** Attaches CEL rules to a schema (`x-kubernetes-validations`); the API server enforces them, `parse` does not. */
export function rules<Schema extends z.ZodType>(schema: Schema, ...list: readonly ValidationRule[]): Schema {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': list });
}

/** The mark of a field that has a default and is required all the same; the converter turns it into `required`. */
export const REQUIRED = { requiredDespiteDefault: true };

/** A 64-bit integer, though JavaScript is exact to 2^53 only. */
export const Int64 = z.int().meta({ format: 'int64' });

/** RFC 3339, in whole seconds as Kubernetes writes it. */
export const Timestamp = z.string().meta({ format: 'date-time' });

/** Go's duration syntax down from hours, such as `1h30m` (COM-01). */
export const Duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/);

/** A duration without hours, as sources' timeouts are (COM-01). */
export const ShortDuration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m))+$/);

/** Text by text, as labels are. */
export const StringMap = z.record(z.string(), z.string());
