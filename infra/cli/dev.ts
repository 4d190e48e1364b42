import { createConsoleLog } from '../../shared/adapters/local/console-log.ts';
import { createNewsLog } from '../../shared/adapters/local/news-log.ts';
import { announceRunning } from '../../shared/adapters/local/running.ts';
import type { Log } from '../../shared/ports.ts';
import { type LocalRuntime, openLocal } from '../../shared/runtime/local.ts';
import { banner } from '../local/start/banner.ts';
import { type Home, openHome } from '../local/start/home.ts';
import { type Command, type Input, LOCAL_STATE_FLAG } from './command.ts';
import { configOf, directoryName, openLocalState } from './state.ts';
import type { World } from './world.ts';

/** `sluice dev`: the local runtime, until Ctrl-C or SIGTERM; what is under way is finished first. */
export const command: Command = {
  takes: [],
  about: [
    'Run everything in this process, for the clusters in the state directory.',
    'When none is registered it opens one of its own, embedded in this process, and a Git repository to play with.',
    'Stop it with Ctrl-C; killed or stopped, it goes on where it was when it is started again.',
  ],
  flags: {
    'no-embedded': { type: 'boolean', help: 'open no cluster and no repository of its own' },
    ...LOCAL_STATE_FLAG,
  },
  run: async (input, world) => {
    const config = configOf(input, world);
    const quiet = announceRunning(config.stateDirectory);
    await using closing = new AsyncDisposableStack();
    closing.defer(quiet);
    const everything = createConsoleLog({
      format: config.logFormat,
      clock: world.clock,
      colours: world.symbols && !world.env.NO_COLOR,
    });
    const log = config.logFormat === 'human' ? createNewsLog(everything) : everything;
    const home = input.on('no-embedded')
      ? undefined
      : await openHome(await openLocalState(input, world), world, log);
    closing.defer(async () => home?.close());
    const runtime = await openLocal(config, log);
    closing.defer(runtime.close);
    await runtime.resume();
    await home?.follow(runtime.ports);
    const over = new AbortController();
    const stop = onceStopped(world, over);
    const running = runtime.run(over.signal);
    await show(runtime, home, input, world, log);
    await running;
    stop();
  },
};

async function show(
  { ports, artifacts, webhook, metrics }: LocalRuntime,
  home: Home | undefined,
  input: Input,
  world: World,
  log: Log,
): Promise<void> {
  const clusters = await ports.clusters.list((_, fault) => log.warn(fault.message));
  const sections = banner({
    state: directoryName(input, world),
    clusters: clusters.map(({ name }) => name),
    artifacts: artifacts.url,
    webhook: webhook.url,
    metrics: metrics.url,
    ...home?.shown,
  });
  for (const { title, lines } of sections) {
    if (title !== '') world.out(world.symbols ? `\n\x1b[1m${title}\x1b[0m` : `\n${title}`);
    for (const line of lines) world.out(line);
  }
}

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
