/** A token of a label selector, with the text that it was. */
export interface Token {
  readonly type: 'identifier' | 'end' | 'error' | Symbol;
  readonly text: string;
}

type Symbol = (typeof SYMBOLS)[number];

/** Longest first. */
const SYMBOLS = ['==', '!=', '=', '!', '(', ')', ',', '>', '<'] as const;

/** The tokens of a label selector; `in` and `notin` are identifiers, which only an operator's place makes more. */
export function labelTokens(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let place = 0;
  while (place < text.length) {
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, place));
    const identifier = /[^\s=!(),<>]*/y;
    identifier.lastIndex = place;
    const found = symbol ?? identifier.exec(text)?.[0] ?? '';
    if (found === '') place++;
    else tokens.push(symbol ? { type: symbol, text: symbol } : { type: 'identifier', text: found });
    place += found.length;
  }
  return tokens;
}
