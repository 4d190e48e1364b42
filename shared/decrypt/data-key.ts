import { Fault, isFault, messageOf } from '../core/failures.ts';
import { type MasterKey, nameOfKey, type Unwrap } from './master-keys.ts';
import type { Metadata } from './metadata.ts';
import { combineShares } from './shamir.ts';

/** What came of a group: a part of the data key, or why there is none. */
type Part = { readonly part: Uint8Array } | { readonly problems: readonly string[] };

/** The data key by any master key that works: of each group age keys first, then PGP, then the others as they stand. Faults: `unauthorized` with what each key said, `malformed`. */
export async function dataKeyOf({ groups, threshold }: Metadata, unwrap: Unwrap): Promise<Uint8Array> {
  const results: Part[] = [];
  for (const group of groups) results.push(await partOf(group, unwrap));
  const parts = results.flatMap((result) => ('part' in result ? [result.part] : []));
  if (groups.length === 1) {
    const [whole] = parts;
    if (whole === undefined) throw refused(results, threshold);
    return whole;
  }
  if (parts.length < threshold || parts.length === 0) throw refused(results, threshold);
  return combineShares(parts);
}

async function partOf(group: readonly MasterKey[], unwrap: Unwrap): Promise<Part> {
  const problems: string[] = [];
  for (const key of inOrder(group)) {
    try {
      return { part: await unwrap(key) };
    } catch (error) {
      if (!isFault(error)) throw error;
      problems.push(`${nameOfKey(key)}: FAILED\n    - | ${messageOf(error)}`);
    }
  }
  return { problems };
}

// SOPS's DefaultDecryptionOrder: local keys come before requests.
const FIRST = ['age', 'pgp'];

function inOrder(group: readonly MasterKey[]): readonly MasterKey[] {
  const rank = ({ type }: MasterKey): number => (FIRST.indexOf(type) + FIRST.length + 1) % (FIRST.length + 1);
  return group.toSorted((a, b) => rank(a) - rank(b));
}

function refused(results: readonly Part[], threshold: number): Fault {
  const groups = results.map((result, at) => {
    if ('part' in result) return `Group ${at}: SUCCESS`;
    return [`Group ${at}: FAILED`, ...result.problems.map((problem) => `  ${problem}`)].join('\n');
  });
  const needed =
    results.length > 1 && threshold > 0
      ? `${threshold} of the ${results.length} groups have to give their part of it`
      : 'one key has to be able to decrypt it';
  const text = 'Failed to get the data key required to decrypt the SOPS file';
  return new Fault('unauthorized', `${text}: ${needed}.\n\n${groups.join('\n\n')}`);
}
