import { describe } from 'vitest';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createMemoryQueues } from '../../shared/adapters/memory/memory-queues.ts';
import { createSeededChance } from '../../shared/adapters/memory/seeded-chance.ts';
import type { Clock } from '../../shared/ports.ts';
import { receivingContract, sendingContract } from './queues.ts';
import { timedQueuesContract } from './queues-in-time.ts';
import { delayedQueuesContract } from './queues-sqs.ts';

describe('memory queues', () => {
  const open = async (clock: Clock) => createMemoryQueues(clock, createSeededChance());

  sendingContract(() => open(createManualClock()));
  receivingContract(open);
  delayedQueuesContract(open);
  timedQueuesContract(open);
});
