import { createConsoleLog } from '../../shared/adapters/local/console-log.ts';
import { announceRunning } from '../../shared/adapters/local/running.ts';
import { openLocal } from '../../shared/runtime/local.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { configOf, stateName } from './state.ts';
import type { World } from './world.ts';

/** `sluice dev`: the local runtime, until Ctrl-C or SIGTERM; what is under way is finished first. */
export const command: Command = {
  takes: [],
  about: [
    'Run everything in this process, for the clusters in the state directory.',
    'Stop it with Ctrl-C; killed or stopped, it goes on where it was when it is started again.',
  ],
  flags: STATE_FLAG,
  run: async (input, world) => {
    const config = configOf(input, world);
    const quiet = announceRunning(config.stateDirectory);
    try {
      const log = createConsoleLog({ format: config.logFormat, clock: world.clock });
      const runtime = await openLocal(config, log);
      await runtime.resume();
      const clusters = await runtime.ports.clusters.list((_, fault) => log.warn(fault.message));
      const names =
        clusters.map(({ name }) => name).join(', ') || 'none yet; "sluice cluster add NAME" adds one';
      world.out(`state      ${stateName(input, world)}`);
      world.out(`artifacts  ${runtime.artifacts.url}`);
      world.out(`clusters   ${names}`);
      const over = new AbortController();
      const stop = onceStopped(world, over);
      await runtime.run(over.signal);
      await runtime.close();
      stop();
    } finally {
      quiet();
    }
  },
};

/** Within this many milliseconds a second signal is the same Ctrl-C: the terminal sends one, and npm passes on its own. */
const SAME_SIGNAL = 500;

/** Fires `over` at the first SIGINT or SIGTERM; a second one ends the process at once. */
function onceStopped(world: World, over: AbortController): () => void {
  let first = 0;
  const stop = (): void => {
    const now = world.clock.now().getTime();
    if (over.signal.aborted && now - first < SAME_SIGNAL) return;
    if (over.signal.aborted) process.exit(130);
    first = now;
    world.err('stopping; what is under way is finished first, Ctrl-C again stops at once');
    over.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
