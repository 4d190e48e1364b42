import { countMessages, readAges } from '../../../shared/adapters/aws/look-queues.ts';
import { queueUrl } from '../../../shared/adapters/aws/sqs-queues.ts';
import { isFault, messageOf } from '../../../shared/core/failures.ts';
import { QUEUES } from '../../../shared/core/messages.ts';
import type { QueueState } from '../../../shared/core/queue-state.ts';
import type { StackPlace } from '../stack-place.ts';
import { type Finding, problem, warning } from './finding.ts';
import { queueFindings } from './queues.ts';

const DEAD = 'dead-standard';

/** What waits in the queues, and for how long; those of dead letters are looked at by their letters. */
export async function stackQueueFindings(stack: StackPlace, now: Date): Promise<readonly Finding[]> {
  const prefix = stack.outputs.QueueUrls;
  const urls = new Map([...QUEUES.map((name) => [name, queueUrl(prefix, name)] as const)]);
  const gone: Finding[] = [];
  const [counted, ages] = await Promise.all([
    Promise.all(
      [...urls].map(async ([queue, url]) => {
        try {
          return [{ queue, ...(await countMessages(stack.access, url)) }];
        } catch (error) {
          if (!isFault(error, 'not-found')) throw error;
          gone.push(problem(`queue ${queue}`, 'does not exist', '"npm run deploy" makes it'));
          return [];
        }
      }),
    ),
    agesOf(stack, [...urls.values()], now),
    countMessages(stack.access, prefix + DEAD).catch((error: unknown) => {
      if (!isFault(error, 'not-found')) throw error;
      gone.push(problem(`queue ${DEAD}`, 'does not exist', '"npm run deploy" makes it'));
    }),
  ]);
  const states = counted.flat().map((one): QueueState => {
    const seconds = ages.known.get(nameOf(urls.get(one.queue) ?? ''));
    const waits = one.ready > 0 && seconds !== undefined;
    return { ...one, ...(waits && { oldest: new Date(now.getTime() - seconds * 1000) }) };
  });
  const todo = 'look at the log of the function of that name, and whether it is throttled';
  return [...gone, ...queueFindings(states, now, todo), ...ages.unseen];
}

async function agesOf(stack: StackPlace, urls: readonly string[], now: Date) {
  try {
    return { known: await readAges(stack.access, urls.map(nameOf), now), unseen: [] };
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    const what = `how long messages wait could not be seen with your rights: ${messageOf(error.cause ?? error)}`;
    const unseen = [warning('queues', what, 'let somebody look who may read CloudWatch')];
    return { known: new Map<string, number>(), unseen };
  }
}

function nameOf(url: string): string {
  return url.replace(/.*\//, '');
}
