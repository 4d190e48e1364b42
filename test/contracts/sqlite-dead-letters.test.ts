import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import { openSqliteDeadLetters } from '../../shared/adapters/local/sqlite-dead-letters.ts';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance } from '../../shared/adapters/local/system.ts';
import { deadLettersContract } from './dead-letters.ts';
import { scratchDirectory } from './scratch.ts';

describe('SQLite dead letters', () => {
  deadLettersContract(async (clock) => {
    const path = join(await scratchDirectory(), 'queues.db');
    const queues = openSqliteQueues({ path, clock, chance: systemChance });
    const dead = openSqliteDeadLetters(path);
    onTestFinished(() => {
      queues.close();
      dead.close();
    });
    return { queues, dead };
  });
});
