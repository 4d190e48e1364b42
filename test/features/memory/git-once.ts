import { readFile } from 'node:fs/promises';
import { packCommit } from '../../../shared/artifact/pack-commit.ts';
import { isFault } from '../../../shared/core/failures.ts';

// A process of its own: `node git-once.ts <file with a pack> <commit>` prints what became of it and the most MiB it held.
const [file = '', commit = ''] = process.argv.slice(2);
let outcome = 'read';
try {
  await packCommit(await readFile(file), commit);
} catch (error) {
  if (!isFault(error)) throw error;
  outcome = error.code;
}
console.log(outcome, Math.round(process.resourceUsage().maxRSS / 1024));
