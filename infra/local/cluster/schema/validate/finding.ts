import type { FieldError } from '../../api-error.ts';
import { errorOf, notSupported, tooLong, tooMany } from './field-error.ts';

/** What is wrong with a value, in the words of the API server's validator; `path` begins with a dot below the root. */
export interface Finding {
  readonly path: string;
  readonly rule: 'type' | 'required' | 'tooLong' | 'tooMany' | 'enum' | 'other' | 'composite';
  readonly message: string;
  /** The value that is wrong, or how many there are. */
  readonly value?: unknown;
  /** The limit. */
  readonly limit?: number;
  readonly allowed?: readonly unknown[];
}

/** The findings about one value; `matches` counts what went well, by which the best of several schemas is chosen. */
export interface Result {
  readonly findings: readonly Finding[];
  readonly matches: number;
}

/** A result that grows; what says the same as an earlier finding is not added. */
export interface Collected extends Result {
  readonly findings: Finding[];
  matches: number;
}

export function collect(): Collected {
  return { findings: [], matches: 0 };
}

/** Adds the findings and matches of `others`. */
export function merge(into: Collected, ...others: readonly Result[]): Collected {
  for (const { findings, matches } of others) {
    for (const finding of findings) add(into, finding);
    into.matches += matches;
  }
  return into;
}

/** Adds one finding. */
export function add(into: Collected, finding: Finding | undefined): void {
  if (finding && !into.findings.some(({ message }) => message === finding.message))
    into.findings.push(finding);
}

/** The findings as the API server tells them; `parent` is where the validated value is, such as `status`. */
export function fieldErrors(findings: readonly Finding[], parent: string): readonly FieldError[] {
  return findings.map((finding) => fieldError(finding, parent));
}

function fieldError(finding: Finding, parent: string): FieldError {
  const { path, rule, message, value, limit = -1, allowed = [] } = finding;
  if (rule === 'composite') return errorOf('FieldValueInvalid', parent, '', message);
  const below = path === '.' ? '' : path.replace(/^\./, '');
  const field = [parent, below].filter((part) => part !== '').join('.');
  switch (rule) {
    case 'required':
      return errorOf('FieldValueRequired', field);
    case 'enum':
      return notSupported(field, value, allowed);
    case 'tooLong':
      return tooLong(field, limit);
    case 'tooMany':
      return tooMany(field, value as number, limit);
    case 'type':
      return errorOf('FieldValueTypeInvalid', field, value ?? '', message);
    default:
      return errorOf('FieldValueInvalid', field, value ?? '', message);
  }
}
