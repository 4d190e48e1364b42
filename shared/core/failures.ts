/** What a port can go wrong with, classed by what the caller does next. */
export type FaultCode =
  // nobody answered, or the answer broke off: back off
  | 'unreachable'
  | 'timeout'
  | 'throttled'
  | 'server-error'
  // refused: the user (or a renewed credential) must act
  | 'unauthorized'
  | 'forbidden'
  | 'egress-denied'
  | 'not-found'
  | 'gone'
  // somebody else was first: read again, decide again
  | 'conflict'
  | 'already-exists'
  | 'precondition-failed'
  // the request itself is wrong
  | 'invalid'
  | 'immutable'
  | 'unsupported'
  | 'no-such-kind'
  | 'not-acceptable'
  // a limit or a broken answer
  | 'too-large'
  | 'malformed';

/** An I/O fault with a code to test by; `message` is for people and passes the redactor before it is shown. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: FaultCode,
    message: string,
    data: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.data = data;
  }
}

/** Whether `error` is a Fault with one of `codes` (any code when none is given). */
export function isFault(error: unknown, ...codes: readonly FaultCode[]): error is Fault {
  return error instanceof Fault && (codes.length === 0 || codes.includes(error.code));
}

/** Work that could not begin in this worker: its message comes again, and the object is told nothing. */
export class Postponed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Postponed';
  }
}

const TRANSIENT: ReadonlySet<FaultCode> = new Set(['unreachable', 'timeout', 'throttled', 'server-error']);

/** Whether trying again later, unchanged, can help. */
export function isTransient(error: unknown): boolean {
  return error instanceof Fault && TRANSIENT.has(error.code);
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
