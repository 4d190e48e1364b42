import { MAX_EXPRESSION, MAX_NESTING } from './limits.ts';

/** Names that optional syntax becomes, for a parser that does not know it. */
export const OPTIONAL_SELECT = '__optional_select';
export const OPTIONAL_INDEX = '__optional_index';
export const OPTIONAL_ENTRY = '__optional_entry';

const TOKEN =
  /(\s+|\/\/[^\n]*)|([rRbB]{0,2}(?:"""|'''|"|'))|([A-Za-z_][A-Za-z0-9_]*)|(\d[\w.]*)|([[\]{}()?:,.])|([\s\S])/y;
/** Words that an operand cannot end with. */
const OPERATORS: ReadonlySet<string> = new Set(['in']);

interface Bracket {
  readonly close: string;
  readonly kind: '(' | '[' | '{' | 'index';
  /** A `?` entry whose closing parenthesis is still to be written. */
  entry: boolean;
  ternaries: number;
}

/**
 * The expression without comments, and with optional syntax (`a.?b`, `a[?i]`, `[?e]`, `{?k: v}`) spelled as calls.
 * Throws an Error on one that is too long or nested too deeply.
 */
export function rewrite(text: string): string {
  if (text.length > MAX_EXPRESSION) throw new Error(`expression has more than ${MAX_EXPRESSION} characters`);
  return new Rewriter(text).run();
}

class Rewriter {
  readonly #text: string;
  #out = '';
  #afterOperand = false;
  readonly #stack: Bracket[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  run(): string {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < this.#text.length) {
      const match = TOKEN.exec(this.#text);
      if (!match) break;
      const [all, blank, quote, word, number, mark] = match;
      if (blank !== undefined) this.#out += ' ';
      else if (quote !== undefined) this.#string(quote, TOKEN.lastIndex);
      else if (word !== undefined) this.#word(word, TOKEN.lastIndex);
      else if (number !== undefined) this.#write(all, true);
      else if (mark !== undefined) this.#mark(mark, TOKEN.lastIndex);
      else this.#write(all, false);
    }
    return this.#out;
  }

  #write(text: string, endsOperand: boolean): void {
    this.#out += text;
    this.#afterOperand = endsOperand;
  }

  /** A macro of the parser's that Flux does not have is an unknown function. */
  #word(word: string, next: number): void {
    const isForeign = word === 'existsOne' && /^\s*\(/.test(this.#text.slice(next, next + 100));
    this.#write(isForeign ? `__${word}` : word, !OPERATORS.has(word));
  }

  #string(start: string, from: number): void {
    const prefix = start.replace(/["']/g, '');
    const quote = start.slice(prefix.length);
    const raw = /[rR]/.test(prefix);
    let at = from;
    while (at < this.#text.length && !this.#text.startsWith(quote, at)) {
      at += !raw && this.#text[at] === '\\' ? 2 : 1;
    }
    const end = Math.min(at + quote.length, this.#text.length);
    this.#write(start + this.#text.slice(from, end), true);
    TOKEN.lastIndex = end;
  }

  #mark(mark: string, next: number): void {
    const top = this.#stack.at(-1);
    if (mark === '(') this.#open('(', ')');
    else if (mark === '{') this.#open('{', '}');
    else if (mark === '[') this.#openSquare(next);
    else if (mark === '.') this.#dot(next);
    else if (mark === '?') this.#question(top);
    else if (mark === ':' || mark === ',') this.#separate(mark, top);
    else {
      this.#endEntry(top);
      this.#write(this.#stack.pop()?.close ?? mark, true);
    }
  }

  #separate(mark: string, top: Bracket | undefined): void {
    if (mark === ':' && top && top.ternaries > 0) top.ternaries--;
    else this.#endEntry(top);
    this.#write(mark, false);
  }

  #open(kind: Bracket['kind'], close: string, written: string = kind): void {
    this.#stack.push({ close, kind, entry: false, ternaries: 0 });
    if (this.#stack.length > MAX_NESTING) throw new Error('max recursion depth exceeded');
    this.#write(written, false);
  }

  #openSquare(next: number): void {
    const optional = /\s*\?/y;
    optional.lastIndex = next;
    if (!this.#afterOperand) {
      this.#open('[', ']');
    } else if (optional.test(this.#text)) {
      TOKEN.lastIndex = optional.lastIndex;
      this.#open('index', ')', `.${OPTIONAL_INDEX}(`);
    } else {
      this.#open('index', ']', '[');
    }
  }

  #dot(next: number): void {
    const optional = /\s*\?\s*([A-Za-z_][A-Za-z0-9_]*)/y;
    optional.lastIndex = next;
    const match = this.#afterOperand ? optional.exec(this.#text) : null;
    if (match) {
      TOKEN.lastIndex = optional.lastIndex;
      this.#write(`.${OPTIONAL_SELECT}("${match[1]}")`, true);
    } else {
      this.#write('.', false);
    }
  }

  #question(top: Bracket | undefined): void {
    const isEntry = !this.#afterOperand && top && (top.kind === '[' || top.kind === '{') && !top.entry;
    if (isEntry) {
      top.entry = true;
      this.#write(`${OPTIONAL_ENTRY}(`, false);
    } else {
      if (top) top.ternaries++;
      this.#write('?', false);
    }
  }

  #endEntry(top: Bracket | undefined): void {
    if (!top?.entry) return;
    top.entry = false;
    this.#out += ')';
  }
}
