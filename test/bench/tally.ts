import type { World } from '../flow/world.ts';

/** Counts what a push takes, by name, between `start` and `stop`. */
export interface Tally {
  readonly start: (world: World) => void;
  readonly stop: () => void;
  readonly count: (name: string) => void;
  /** Names with that beginning and their counts, in the order in which they came. */
  readonly names: (beginning: string) => readonly (readonly [string, number])[];
}

/** Listens at the ports of a world: messages by queue, reads and writes of the store, requests to the Git server. */
export function openTally(): Tally {
  const counts = new Map<string, number>();
  let counting = false;
  const count = (name: string): void => {
    if (counting) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  let gitBefore = 0;
  let watched: World | undefined;
  return {
    start: (world) => {
      watched = world;
      const { queues, store } = world.runtime.ports;
      listen(queues, 'send', (queue) => count(`queue ${queue}`));
      for (const method of ['get', 'head', 'put', 'delete'] as const)
        listen(store, method, () => count(`store ${method}s`));
      gitBefore = world.gitLog.length;
      counting = true;
    },
    stop: () => {
      counting = false;
      counts.set('git requests', (watched?.gitLog.length ?? 0) - gitBefore);
    },
    count,
    names: (beginning) => [...counts].filter(([name]) => name.startsWith(beginning)),
  };
}

function listen<Port extends object, Name extends keyof Port>(
  port: Port,
  name: Name,
  heard: (first: unknown) => void,
): void {
  const original = port[name] as (...given: readonly unknown[]) => unknown;
  port[name] = ((...given: readonly unknown[]) => {
    heard(given[0]);
    return original.apply(port, [...given]);
  }) as Port[Name];
}
