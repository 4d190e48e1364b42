import { Fault, type FaultCode, isFault } from '../../core/failures.ts';

/** What a fault names: the request, never its headers. */
export interface About {
  readonly method: string;
  readonly path: string;
}

/** `Status`, the body of every refusal of a Kubernetes API server. */
export interface ApiStatus {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly name?: string; readonly kind?: string; readonly [field: string]: unknown };
}

/** Longest piece of a body that is not a `Status` shown in a message, in characters. */
const EXCERPT = 200;

// The two expressions by which kubectl and Flux find a refused change of an immutable field.
const IMMUTABLE = [/\bis\simmutable/, /immutable\sfield/];

const BY_STATUS: Readonly<Record<number, FaultCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  406: 'not-acceptable',
  408: 'timeout',
  410: 'gone',
  412: 'precondition-failed',
  413: 'too-large',
  415: 'unsupported',
  429: 'throttled',
  504: 'timeout',
};

/** The Fault of an answer that is not 2xx; data: status, reason, message, details, method, path. */
export function answerFault(answer: { readonly status: number; readonly text: string }, about: About): Fault {
  return statusFault(answer.status, parseStatus(answer.text), about);
}

/** The Fault of a `Status` (an answer's body, or the object of a watch's ERROR event). */
export function statusFault(httpStatus: number, status: ApiStatus, about: About): Fault {
  const message = status.message || `the server answered ${httpStatus}`;
  return new Fault(codeOf(httpStatus, status.reason, message), message, {
    status: httpStatus,
    reason: status.reason ?? '',
    message,
    details: status.details ?? {},
    method: about.method,
    path: about.path,
  });
}

/** Whether a 404 means that the server has no such path, rather than no such object. */
export function isUnknownPath(answer: { readonly status: number; readonly text: string }): boolean {
  // "404 page not found" for unknown groups; a Status with empty details for unknown resources of known groups.
  return answer.status === 404 && parseStatus(answer.text).details?.name === undefined;
}

/** `no-such-kind`, in the words of the Kubernetes REST mapper. */
export function noSuchKind(kind: { readonly apiVersion: string; readonly kind: string }): Fault {
  const { apiVersion } = kind;
  const text = `no matches for kind "${kind.kind}" in version "${apiVersion}"`;
  return new Fault('no-such-kind', text, { apiVersion, kind: kind.kind });
}

/** The Fault of a connection that was refused, not trusted or broken off; a Fault passes as it is. */
export function networkFault(error: unknown, about: About, origin: string): Fault {
  if (isFault(error)) return error;
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (isFault(first)) return first;
  const code = (error as NodeJS.ErrnoException).code ?? (first as NodeJS.ErrnoException)?.code ?? '';
  const said = first instanceof Error ? first.message : String(first);
  const data = { method: about.method, path: about.path, cause: code };
  return new Fault('unreachable', `${origin} is unreachable: ${reasonOf(code, said)}`, data, error);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name could not be resolved',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'the network is unreachable',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not the given CA',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by a CA that is not the given one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by a CA that is not the given one',
};

function reasonOf(code: string, said: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another name (${said})`;
  const known = REASONS[code];
  if (known) return code.includes('CERT') || code.startsWith('UNABLE') ? `${known} (${code})` : known;
  return said;
}

function codeOf(httpStatus: number, reason: string | undefined, message: string): FaultCode {
  if (httpStatus === 409) return reason === 'AlreadyExists' ? 'already-exists' : 'conflict';
  if (httpStatus === 422) return IMMUTABLE.some((text) => text.test(message)) ? 'immutable' : 'invalid';
  const known = BY_STATUS[httpStatus];
  if (known) return known;
  if (httpStatus >= 500) return 'server-error';
  // Nothing here follows a redirect, and no API server sends 1xx or 3xx for these requests.
  return httpStatus >= 400 ? 'invalid' : 'malformed';
}

function parseStatus(text: string): ApiStatus {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && (parsed as ApiStatus).kind === 'Status') {
      return parsed as ApiStatus;
    }
  } catch {
    // Proxies and the server's own 404 speak plain text.
  }
  const excerpt = text.trim().slice(0, EXCERPT);
  return excerpt ? { message: excerpt } : {};
}
