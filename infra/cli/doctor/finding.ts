import { messageOf } from '../../../shared/core/failures.ts';
import { redact } from '../../../shared/core/redaction.ts';

/** What a look at one thing found. */
export interface Finding {
  /** `warning` may be as it is wanted; a `problem` keeps something from working. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** The thing, such as `cluster prod`. */
  readonly where: string;
  readonly what: string;
  /** What to do; every finding that is not `ok` has one. */
  readonly todo?: string;
}

/** One look. Whatever it throws is a problem of its own. */
export interface Check {
  /** What it looks at, for when the look itself fails. */
  readonly where: string;
  readonly look: () => Promise<readonly Finding[]>;
}

export function ok(where: string, what: string): Finding {
  return { level: 'ok', where, what };
}

export function warning(where: string, what: string, todo: string): Finding {
  return { level: 'warning', where, what, todo };
}

export function problem(where: string, what: string, todo: string): Finding {
  return { level: 'problem', where, what, todo };
}

/** All findings, in the order of the checks, which run at the same time. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  const found = await Promise.all(
    checks.map(async ({ where, look }) => {
      try {
        return await look();
      } catch (error) {
        return [problem(where, messageOf(error), 'mend this, then run it again')];
      }
    }),
  );
  return found.flat().map((finding) => ({
    ...finding,
    what: redact(finding.what).replaceAll(/\s+/g, ' '),
  }));
}
