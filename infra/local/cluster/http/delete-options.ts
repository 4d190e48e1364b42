import type { FieldError } from '../api-error.ts';
import type { DeleteQuery } from '../model.ts';
import { decodeOptions } from './body.ts';
import { dryRunErrors, flag, integer, notSupported, refuse, wrongType } from './options.ts';

/** How a deletion is asked for, with what its answer depends on. */
export interface DeleteOptions extends DeleteQuery {
  /** `orphanDependents=false`: a deletion that is not yet done is answered with 202. */
  readonly waits: boolean;
}

interface Raw {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly dryRun: readonly unknown[];
  readonly uid?: string;
  readonly resourceVersion?: string;
}

type Policy = NonNullable<DeleteQuery['propagationPolicy']>;
const POLICIES: readonly Policy[] = ['Foreground', 'Background', 'Orphan'];

/** Reads the body or, when there is none, the query: a body that is present is all that counts. Throws 400, 415, 422. */
export function deleteOptions(
  query: URLSearchParams,
  body: Buffer,
  contentType: string | undefined,
): DeleteOptions {
  const raw = body.length > 0 ? ofBody(decodeOptions(body, contentType)) : ofQuery(query);
  refuse('DeleteOptions', [...policyErrors(raw), ...dryRunErrors(raw.dryRun)]);
  const { gracePeriodSeconds: grace, orphanDependents: orphans, uid, resourceVersion } = raw;
  const policy =
    raw.propagationPolicy ?? (orphans === undefined ? undefined : orphans ? 'Orphan' : 'Background');
  return {
    dryRun: raw.dryRun.length > 0,
    ...(policy !== undefined && { propagationPolicy: policy as Policy }),
    // A negative period counts as one second.
    ...(grace !== undefined && { gracePeriodSeconds: grace < 0 ? 1 : grace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    waits: orphans === false,
  };
}

function ofQuery(query: URLSearchParams): Raw {
  const grace = integer(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphans = flag(query, 'orphanDependents');
  return {
    dryRun: query.getAll('dryRun'),
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(orphans !== undefined && { orphanDependents: orphans }),
  };
}

function ofBody(body: Readonly<Record<string, unknown>>): Raw {
  const { gracePeriodSeconds: grace, propagationPolicy: policy, orphanDependents: orphans } = body;
  const preconditions = (body.preconditions ?? {}) as Readonly<Record<string, unknown>>;
  return {
    dryRun: expect(body.dryRun ?? [], Array.isArray, 'dryRun') as readonly unknown[],
    ...optional('gracePeriodSeconds', grace, Number.isInteger),
    ...optional('propagationPolicy', policy, isText),
    ...optional('orphanDependents', orphans, (value) => typeof value === 'boolean'),
    ...optional('uid', preconditions.uid, isText),
    ...optional('resourceVersion', preconditions.resourceVersion, isText),
  };
}

function optional(name: string, value: unknown, is: (value: unknown) => boolean): object {
  return value === undefined || value === null ? {} : { [name]: expect(value, is, name) };
}

function expect(value: unknown, is: (value: unknown) => boolean, name: string): unknown {
  if (!is(value)) throw wrongType(`${typeof value} into Go struct field DeleteOptions.${name}`);
  return value;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function policyErrors({ propagationPolicy: policy, orphanDependents }: Raw): FieldError[] {
  if (policy === undefined) return [];
  const field = 'propagationPolicy';
  const errors: FieldError[] = [];
  if (orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    const message = `Invalid value: ${JSON.stringify(policy)}: ${why}`;
    errors.push({ field, reason: 'FieldValueInvalid', message });
  }
  if (!POLICIES.some((known) => known === policy)) {
    errors.push(notSupported(field, policy, [...POLICIES, 'nil']));
  }
  return errors;
}
