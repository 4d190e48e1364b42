import { openDirectoryStore } from '../../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';

/** Argument 1: directory. Replaces one key with bodies of one repeated letter until it is killed; prints a line a put. */
const store = await openDirectoryStore({
  directory: process.argv[2] ?? '',
  clock: systemClock,
  chance: systemChance,
});
for (let turn = 0; ; turn += 1) {
  const letter = String.fromCharCode(97 + (turn % 26));
  await store.put('victim', new TextEncoder().encode(letter.repeat(500_000)));
  process.stdout.write(`${turn}\n`);
}
