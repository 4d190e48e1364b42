import type { Matcher } from './rules.ts';

/** Longest expression that is compiled; people's have some twenty characters. */
const MAX_EXPRESSION = 1_000;

/** Go's expressions, in time that grows with the text alone; what Go would not compile matches nothing. */
export async function compileGoRegex(expression: string): Promise<Matcher> {
  if (expression.length > MAX_EXPRESSION) return () => false;
  const { RE2JS } = await import('@bufbuild/re2');
  try {
    const compiled = new RE2JS(expression);
    return (text) => compiled.test(text);
  } catch {
    return () => false;
  }
}
