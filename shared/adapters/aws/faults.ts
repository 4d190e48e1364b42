import { Fault, type FaultCode } from '../../core/failures.ts';

/** What an SDK's errors have in common: a service's refusal, or a request that got no answer. */
export interface SdkError extends Error {
  readonly code?: string;
  readonly $fault?: 'client' | 'server';
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Names of errors, by what the caller does next. */
const NAMES: Readonly<Record<string, FaultCode>> = {
  AccessDenied: 'forbidden',
  AccessDeniedException: 'forbidden',
  AllAccessDisabled: 'forbidden',
  CredentialsProviderError: 'unauthorized',
  ExpiredToken: 'unauthorized',
  ExpiredTokenException: 'unauthorized',
  IncompleteSignature: 'unauthorized',
  InvalidAccessKeyId: 'unauthorized',
  InvalidClientTokenId: 'unauthorized',
  InvalidToken: 'unauthorized',
  RequestTimeTooSkewed: 'unauthorized',
  SignatureDoesNotMatch: 'unauthorized',
  UnrecognizedClientException: 'unauthorized',
  ConditionalRequestConflict: 'conflict',
  OperationAborted: 'conflict',
  PreconditionFailed: 'precondition-failed',
  EntityTooLarge: 'too-large',
  BatchRequestTooLong: 'too-large',
  NoSuchBucket: 'not-found',
  ParameterNotFound: 'not-found',
  QueueDoesNotExist: 'not-found',
  ResourceNotFoundException: 'not-found',
  NotFoundException: 'not-found',
  ParameterAlreadyExists: 'already-exists',
  ResourceExistsException: 'already-exists',
  KMSInvalidStateException: 'forbidden',
  DisabledException: 'forbidden',
  InvalidCiphertextException: 'malformed',
  IncorrectKeyException: 'malformed',
  RequestTimeout: 'timeout',
  TimeoutError: 'timeout',
  LimitExceededException: 'throttled',
  OverLimit: 'throttled',
  RequestThrottled: 'throttled',
  SlowDown: 'throttled',
  ThrottlingException: 'throttled',
  TooManyUpdates: 'throttled',
};

/** Codes of sockets and name resolution. */
const SOCKET = /^E(?:CONN|PIPE|HOST|NET|AI_|NOTFOUND|PROTO|TIMEDOUT)|^ENOTFOUND$|^UND_ERR/;

/** What each code asks of whoever runs the deployment. */
const ADVICE: Partial<Readonly<Record<FaultCode, string>>> = {
  forbidden:
    "the function's role, or yours, lacks a permission for it, or its key's policy does; deploy again",
  unauthorized: 'the credentials are not valid; look at the role and the clock',
  'not-found': 'it does not exist in this region; deploy again, or correct the configuration',
};

/** Runs `work`; whatever AWS or the way there says is thrown as a Fault about `what`, bugs stay what they are. */
export async function asFaults<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(what, error);
  }
}

/** The Fault for `error`, or `error` itself when it is none of AWS's. */
export function faultOf(what: string, error: unknown): unknown {
  if (!isSdkError(error)) return error;
  const code = codeOf(error);
  const advice = ADVICE[code];
  const said = error.message === '' || error.message === 'UnknownError' ? '' : ` (${error.message})`;
  const status = error.$metadata?.httpStatusCode;
  const data = { error: error.name, ...(status !== undefined && { status }) };
  return new Fault(code, `${what}: ${error.name}${said}${advice ? `; ${advice}` : ''}`, data, error);
}

/** Whether AWS, or the way there, said no. */
export function isSdkError(error: unknown): error is SdkError {
  if (!(error instanceof Error) || error instanceof Fault) return false;
  const { $metadata, $fault, code } = error as SdkError;
  if ($metadata !== undefined || $fault !== undefined || NAMES[error.name] !== undefined) return true;
  return code !== undefined && SOCKET.test(code);
}

function codeOf(error: SdkError): FaultCode {
  const named = NAMES[error.name];
  if (named !== undefined) return named;
  if (error.$retryable?.throttling) return 'throttled';
  const status = error.$metadata?.httpStatusCode;
  if (status === undefined || status < 300) return error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 412) return 'precondition-failed';
  if (status === 429 || status === 503) return 'throttled';
  return status >= 500 ? 'server-error' : 'invalid';
}
