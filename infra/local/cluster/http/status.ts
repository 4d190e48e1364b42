import { ApiError } from '../api-error.ts';

/** A refusal as the API server words it for a path or method that nothing serves. */
export function notServed(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** A refusal of a method that the resource does not have. */
export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError(405, 'MethodNotAllowed', message, {});
}

/** A refusal of a representation; `accepted` are the media types that are had. */
export function notAcceptable(accepted: readonly string[]): ApiError {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return new ApiError(406, 'NotAcceptable', message);
}

/** A refusal of a body's media type. */
export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const message = 'the body of the request was in an unknown format - accepted media types include: ';
  return new ApiError(415, 'UnsupportedMediaType', message + accepted.join(', '));
}

/** What is answered when the fault is ours: it must not end the process, and nobody else is to blame. */
export function internalError(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

/** The Status of a refusal; members that are empty are left out, as in Go's `omitempty`. */
export function toStatus(error: ApiError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    ...(error.reason !== '' && { reason: error.reason }),
    ...(error.details && { details: withoutEmpty(error.details) }),
    code: error.code,
  };
}

function withoutEmpty(details: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== undefined && value !== ''),
  );
}
