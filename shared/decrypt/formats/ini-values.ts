import { Fault } from '../../core/failures.ts';

/** What is left to read; `at` is the next line. */
export interface IniLines {
  readonly rest: readonly string[];
  at: number;
}

/** A value, and the comment behind it. */
interface IniValue {
  readonly value: string;
  readonly comment: string;
}

/** The value that begins with `text`: maybe in quotes over several lines, continued by backslashes, or with a comment behind. Fault `malformed`. */
export function readIniValue(text: string, lines: IniLines): IniValue {
  const line = text.trimStart();
  if (line === '') return { value: '', comment: '' };
  const quote = line.length > 3 && line.startsWith('"""') ? '"""' : line.startsWith('`') ? '`' : '';
  if (quote !== '') {
    const end = line.lastIndexOf(quote);
    return end < quote.length
      ? readLines(line.slice(quote.length), quote, lines)
      : { value: line.slice(quote.length, end), comment: '' };
  }
  const trimmed = line.trim();
  if (trimmed.endsWith('\\')) return { value: readContinued(trimmed.slice(0, -1), lines), comment: '' };
  const comment = /[#;].*$/s.exec(trimmed)?.[0] ?? '';
  const value = comment === '' ? trimmed : trimmed.slice(0, -comment.length).trim();
  return { value: unquoted(value), comment };
}

function readLines(first: string, quote: string, lines: IniLines): IniValue {
  let value = first;
  while (lines.at < lines.rest.length) {
    const next = lines.rest[lines.at] ?? '';
    lines.at += 1;
    const end = next.lastIndexOf(quote);
    if (end < 0) {
      value += next;
      continue;
    }
    const behind = next.slice(end + quote.length).trim();
    if (behind.endsWith('\\')) value += next;
    else return { value: value + next.slice(0, end), comment: /[#;].*/s.exec(behind)?.[0] ?? '' };
  }
  throw new Fault('malformed', 'missing closing key quote');
}

function readContinued(first: string, lines: IniLines): string {
  let value = first;
  while (lines.at < lines.rest.length) {
    const next = (lines.rest[lines.at] ?? '').trim();
    lines.at += 1;
    value += next;
    if (next === '' || !value.endsWith('\\')) return value;
    value = value.slice(0, -1);
  }
  return value;
}

function unquoted(value: string): string {
  const quote = value[0];
  const isQuoted = (quote === '"' || quote === "'") && value.indexOf(quote, 1) === value.length - 1;
  return isQuoted && value.length >= 2 ? value.slice(1, -1) : value;
}
