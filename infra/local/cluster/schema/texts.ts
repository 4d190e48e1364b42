/** The layouts that the API server reads times with, in Go's notation. */
const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** The parts of a layout in order: what it is called, and what a text must begin with there. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d?/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d/],
];

/** Why a text is no time, in Go's words; undefined when it is one. */
export function timeProblem(text: string, micro: boolean): string | undefined {
  const layout = micro ? MICRO_LAYOUT : LAYOUT;
  let rest = text;
  const fail = (part: string) =>
    `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
  const read: string[] = [];
  for (const [part, pattern] of PARTS) {
    const match = pattern.exec(rest);
    if (!match) return fail(part);
    read.push(match[0]);
    rest = rest.slice(match[0].length);
  }
  const fraction = micro ? /^[.,]\d{6}/ : /^(?:[.,]\d+)?/;
  const digits = fraction.exec(rest);
  if (!digits) return fail('.000000');
  rest = rest.slice(digits[0].length);
  if (!/^(?:Z|[+-]\d\d:\d\d)$/.test(rest)) {
    const zone = /^(?:Z|[+-]\d\d:\d\d)/.exec(rest);
    if (!zone) return fail('Z07:00');
    return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest.slice(zone[0].length))}`;
  }
  return rangeProblem(text, read);
}

function rangeProblem(text: string, read: readonly string[]): string | undefined {
  const number = (at: number) => Number(read[at]);
  const wrong =
    number(2) < 1 || number(2) > 12
      ? 'month'
      : number(6) > 23
        ? 'hour'
        : number(8) > 59
          ? 'minute'
          : number(10) > 59
            ? 'second'
            : number(4) < 1 || number(4) > new Date(Date.UTC(number(0), number(2), 0)).getUTCDate()
              ? 'day'
              : undefined;
  return wrong && `parsing time ${JSON.stringify(text)}: ${wrong} out of range`;
}

const QUANTITY = '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$';
const PARTS_OF_QUANTITY = /^[+-]?\d*(?:\.\d*)?([eEinumkKMGTP]*[+-]?\d*)$/;
const SUFFIX = /^(?:|[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)$/;

/** Why a value is no quantity, in the API server's words; undefined when it is one. */
export function quantityProblem(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return undefined;
  const text = typeof value === 'string' ? value.trim() : '{}';
  const suffix = PARTS_OF_QUANTITY.exec(text)?.[1];
  if (text === '' || suffix === undefined)
    return `quantities must match the regular expression '${QUANTITY}'`;
  return SUFFIX.test(suffix) ? undefined : "unable to parse quantity's suffix";
}

/** Why a text is no base64, in Go's words, with the place of the first byte that is wrong; nothing when it is. */
export function base64Problem(text: string): readonly string[] {
  const at = base64End(text);
  return at === undefined ? [] : [`illegal base64 data at input byte ${at}`];
}

function base64End(text: string): number | undefined {
  const skip = (from: number) => from + (/^[\r\n]*/.exec(text.slice(from))?.[0].length ?? 0);
  // Groups of four digits.
  for (let at = skip(0), group = 0; ; at = skip(at), group = (group + 1) % 4) {
    if (at >= text.length) return group === 0 ? undefined : at - group;
    if (/[A-Za-z0-9+/]/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    return text.charAt(at) === '=' ? paddingEnd(text, at, group, skip) : at;
  }
}

function paddingEnd(
  text: string,
  at: number,
  group: number,
  skip: (from: number) => number,
): number | undefined {
  if (group < 2) return at;
  let end = skip(at + 1);
  if (group === 2) {
    if (end >= text.length) return text.length;
    if (text.charAt(end) !== '=') return end - 1;
    end = skip(end + 1);
  }
  return end < text.length ? end : undefined;
}
