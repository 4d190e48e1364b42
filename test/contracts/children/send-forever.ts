import { openSqliteQueues } from '../../../shared/adapters/local/sqlite-queues.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';

/** Argument 1: database. Sends numbered messages until it is killed; prints each number once its send has resolved. */
const queues = openSqliteQueues({ path: process.argv[2] ?? '', clock: systemClock, chance: systemChance });
for (let number = 0; ; number += 1) {
  await queues.send('apply', [{ body: String(number), group: `g${number % 7}`, dedupId: String(number) }]);
  process.stdout.write(`${number}\n`);
}
