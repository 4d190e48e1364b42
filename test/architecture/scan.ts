/** One string literal of a source text, without its quotes. */
interface Literal {
  readonly start: number;
  readonly value: string;
}

/** A source text taken apart far enough to read imports and names from it. */
export interface Scanned {
  /** The source with the text of comments, strings, templates and regular expressions blanked, position for position. */
  readonly code: string;
  readonly comments: readonly string[];
  readonly literals: readonly Literal[];
}

/** A literal after any of these names a module, in imports of types and dynamic imports too. */
const BEFORE_SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*$/;
/** After these a slash begins a regular expression; after a name, number or bracket it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+*%<>~^-]|\b(?:return|typeof|case|of|in|do|else|yield|await))\s*$/;
/** Comments, strings, and the bits of templates and regular expressions that can hold a quote. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|[`{}]|\//g;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;

/** Characters before a token that decide what it is. */
const LOOK_BEHIND = 40;

/** Takes a source text apart. */
export function scan(source: string): Scanned {
  const comments: string[] = [];
  const literals: Literal[] = [];
  // One entry per open brace: whether a template goes on behind it.
  const braces: boolean[] = [];
  let code = '';
  const keep = (end: number) => {
    code += source.slice(code.length, end);
  };
  const blank = (end: number) => {
    code += source.slice(code.length, end).replace(/[^\n]/g, ' ');
  };
  const template = (start: number) => {
    TEMPLATE_TEXT.lastIndex = start;
    const text = TEMPLATE_TEXT.exec(source)?.[0] ?? '';
    blank(start + text.length);
    if (text.endsWith('${')) braces.push(true);
  };

  while (code.length < source.length) {
    TOKEN.lastIndex = code.length;
    const match = TOKEN.exec(source);
    if (!match) break;
    const [token] = match;
    const end = match.index + token.length;
    keep(match.index);
    if (token.startsWith('//') || token.startsWith('/*')) {
      comments.push(token);
      blank(end);
    } else if (token === '`') {
      keep(end);
      template(end);
    } else if (token === '{') {
      braces.push(false);
      keep(end);
    } else if (token === '}') {
      if (braces.pop()) template(end);
      else keep(end);
    } else if (token === '/') {
      REGEX.lastIndex = match.index;
      const regex = BEFORE_REGEX.test(code.slice(-LOOK_BEHIND)) ? REGEX.exec(source)?.[0] : undefined;
      keep(end);
      if (regex) blank(match.index + regex.length);
    } else {
      literals.push({ start: match.index, value: token.slice(1, -1) });
      keep(match.index + 1);
      blank(end - 1);
      keep(end);
    }
  }
  keep(source.length);
  return { code, comments, literals };
}

/** Every module a source names: imports, re-exports, dynamic imports, of types too, in order. */
export function specifiersOf({ code, literals }: Scanned): readonly string[] {
  return literals
    .filter(({ start }) => BEFORE_SPECIFIER.test(code.slice(Math.max(0, start - LOOK_BEHIND), start)))
    .map(({ value }) => value);
}
