import { Fault, isFault, messageOf } from '../../shared/core/failures.ts';
import { redact } from '../../shared/core/redaction.ts';

/** The command line is wrong: exit code 2, as of GNU tools and bash. */
export function usage(text: string): Fault {
  return new Fault('invalid', text, { exit: EXIT.usage });
}

/** Exit codes as kubectl's: anything that failed is 1. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** The exit code of what was thrown. */
export function exitOf(error: unknown): number {
  return isFault(error) && error.data.exit === EXIT.usage ? EXIT.usage : EXIT.failed;
}

/** What was thrown as text for people, without secrets and stack. */
export function sentence(error: unknown): string {
  const text = redact(messageOf(error)).trim();
  return isFault(error) ? text : `unexpected: ${text}; run it again with --verbose and report what it prints`;
}
