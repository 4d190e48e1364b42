import { openDirectoryStore } from '../../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { isFault } from '../../../shared/core/failures.ts';

/** Argument 1: directory, 2: increments, 3: own name. Counts up by ifMatch, claims keys by ifAbsent, prints its claims. */
const [directory = '', count = '0', name = ''] = process.argv.slice(2);
const store = await openDirectoryStore({ directory, clock: systemClock, chance: systemChance });

async function increment(): Promise<void> {
  for (;;) {
    const stored = await store.get('counter');
    const next = Number(new TextDecoder().decode(stored?.body ?? new Uint8Array())) + 1;
    const condition = stored === undefined ? { ifAbsent: true } : { ifMatch: stored.etag };
    try {
      await store.put('counter', new TextEncoder().encode(String(next)), condition);
      return;
    } catch (error) {
      if (!isFault(error, 'precondition-failed')) throw error;
    }
  }
}

const claimed: number[] = [];
for (let turn = 0; turn < Number(count); turn += 1) {
  await increment();
  try {
    await store.put(`claims/${turn}`, new TextEncoder().encode(name), { ifAbsent: true });
    claimed.push(turn);
  } catch (error) {
    if (!isFault(error, 'precondition-failed')) throw error;
  }
}
store.close();
process.stdout.write(JSON.stringify(claimed));
