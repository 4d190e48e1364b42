import { openSqliteQueues } from '../../../shared/adapters/local/sqlite-queues.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';

/** Argument 1: database, 2: visibility in ms. Receives one message and never acknowledges it. */
const queues = openSqliteQueues({ path: process.argv[2] ?? '', clock: systemClock, chance: systemChance });
const received = await queues.receive('apply', 1, Number(process.argv[3]));
process.stdout.write(`${received.length}\n`);
setInterval(() => undefined, 60_000);
