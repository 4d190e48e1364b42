import { Fault, messageOf } from './failures.ts';

/** Whether any part of a text matches. */
export type GoRegExp = (text: string) => boolean;

/** Ours: characters of one expression; RE2 takes time in proportion to text and expression. */
const MAX_SOURCE = 4096;

/** A regular expression of Go, which cannot be made to run for ever; the engine is loaded with the first. Fault `invalid` with Go's words. */
export async function compileGoRegExp(source: string): Promise<GoRegExp> {
  if (source.length > MAX_SOURCE)
    throw new Fault('invalid', `the regular expression has more than ${MAX_SOURCE} characters`, {});
  const { RE2JS } = await import('@bufbuild/re2');
  try {
    const compiled = RE2JS.compile(source);
    return (text) => compiled.test(text);
  } catch (error) {
    throw new Fault('invalid', messageOf(error), {}, error);
  }
}
