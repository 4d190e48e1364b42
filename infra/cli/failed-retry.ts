import { Fault } from '../../shared/core/failures.ts';
import type { Queues } from '../../shared/ports.ts';
import { revive } from '../../shared/reconcile/revive.ts';
import { type Command, type Input, STATE_FLAG } from './command.ts';
import {
  type Failed,
  type FailedMessages,
  LETTER_FLAGS,
  letterCalled,
  SHORT_ID,
  withFailed,
} from './failed.ts';
import { usage } from './problems.ts';
import { count, done, fail, warn } from './say.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** `sluice failed retry`. */
export const command: Command = {
  takes: [],
  mayTake: 'ID',
  about: [
    'Put messages that were given up back into their queues, as the beginning of a new chain of tries.',
    'What fails again is given up again, under a new id.',
  ],
  examples: [
    'sluice failed retry 0f8c2b1a',
    'sluice failed retry --cluster prod --kind Kustomization',
    'sluice failed retry --all',
  ],
  flags: {
    ...LETTER_FLAGS,
    all: { type: 'boolean', help: 'put all of them back' },
    ...STATE_FLAG,
  },
  async run(input, world) {
    const chosen = chosenBy(input);
    const lost = await withFailed(input, world, (messages) =>
      withQueues(messages.state, (queues) => retry(chosen(messages.failed), messages, queues, world)),
    );
    if (lost === undefined && chosen([]).length === 0) world.err(NONE);
    if (lost) throw new Fault('invalid', `${count(lost, 'message')} could not be put back and stayed`);
  },
};

const NONE = 'No message was given up.';

/** By ids, or by flags; never all by mistake. Fault `invalid` with exit code 2. */
function chosenBy(input: Input): (failed: readonly Failed[]) => readonly Failed[] {
  const ids = input.positionals;
  const selects = ['cluster', 'kind'].some((flag) => input.text(flag) !== undefined);
  if (ids.length > 0 && (input.on('all') || selects))
    throw usage('an ID excludes --all, --cluster and --kind; choose one way');
  if (ids.length > 0) return (failed) => [...new Set(ids.map((id) => letterCalled(id, failed)))];
  if (input.on('all') || selects) return (failed) => failed;
  throw usage('give an ID, --all, --cluster or --kind; see "sluice failed retry --help"');
}

async function withQueues<T>(state: State, work: (queues: Queues) => Promise<T>): Promise<T> {
  const queues = state.openQueues();
  try {
    return await work(queues);
  } finally {
    queues.close();
  }
}

/** Sends first, then removes: a message may come twice, and is never lost. Returns how many stayed. */
async function retry(
  chosen: readonly Failed[],
  { records, remove, hidden }: FailedMessages,
  queues: Queues,
  world: World,
): Promise<number> {
  let lost = 0;
  for (const { letter, object } of chosen) {
    const revival = revive(letter, records, world.clock.now());
    const called = `${letter.id.slice(0, SHORT_ID)} (${object})`;
    if ('refused' in revival) {
      fail(world, `${called} cannot be put back: ${revival.refused}`);
      lost += 1;
      continue;
    }
    await queues.send(revival.queue, [revival.message]);
    await remove(letter);
    done(world, `${called} is in queue ${revival.queue} again`);
  }
  if (chosen.length === 0) world.err(NONE);
  if (hidden > 0) warn(world, `${count(hidden, 'more message')} cannot be read now; try again in a minute`);
  return lost;
}
