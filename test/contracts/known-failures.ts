import { test } from 'vitest';

/** Tests of a suite that the server behind an adapter cannot pass, by title, and the reason; each must go on failing. */
export type KnownFailures = Readonly<Record<string, string>>;

/** `test`, which turns a known failure into one that is expected and says why. */
export function testOrKnown(known: KnownFailures): (title: string, run: () => Promise<void>) => void {
  return (title, run) => {
    const reason = known[title];
    if (reason === undefined) test(title, run);
    else test.fails(`${title} (not here: ${reason})`, run);
  };
}
