import type { ResourceType } from './model.ts';

/** One cause in a Status. */
export interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** What a Status tells besides code, reason and message. */
export interface Details {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal in the API server's words; becomes a `Status` with `code`. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Details | undefined;

  constructor(code: number, reason: string, message: string, details?: Details) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

type Named = Pick<ResourceType, 'group' | 'plural'>;

/** `deployments.apps`, or `pods` of the core group. */
export function qualified({ group, plural }: Named): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function about({ group, plural }: Named, name: string): Details {
  return { name, ...(group !== '' && { group }), kind: plural };
}

export function notFound(type: Named, name: string): ApiError {
  return new ApiError(
    404,
    'NotFound',
    `${qualified(type)} ${JSON.stringify(name)} not found`,
    about(type, name),
  );
}

export function alreadyExists(type: Named, name: string): ApiError {
  const message = `${qualified(type)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, 'AlreadyExists', message, about(type, name));
}

/** A conflict of resourceVersions or preconditions. */
export function conflict(type: Named, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(type)} ${JSON.stringify(name)}: ${why}`;
  return new ApiError(409, 'Conflict', message, about(type, name));
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** One field that is wrong: `reason` such as FieldValueInvalid, `message` such as `Invalid value: 3: must be ...`. */
export interface FieldError {
  readonly field: string;
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueNotFound'
    | 'FieldValueForbidden'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid';
  readonly message: string;
}

/** 422 with all `errors`, in the API server's form. */
export function invalid(
  type: Pick<ResourceType, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const { group, kind } = type;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const subject = group === '' ? kind : `${kind}.${group}`;
  return new ApiError(422, 'Invalid', `${subject} ${JSON.stringify(name)} is invalid: ${list}`, {
    ...{ name, ...(group !== '' && { group }), kind },
    causes: errors.map(({ field, reason, message }) => ({ reason, message, field })),
  });
}
