import { createEmf } from '../../adapters/aws/emf.ts';
import { createConsoleLog } from '../../adapters/local/console-log.ts';
import { systemChance, systemClock } from '../../adapters/local/system.ts';
import type { Chance, Clock, Log, Metrics } from '../../ports.ts';

/** What every function has. */
export interface Base {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The machine's clock and chance, a log of one JSON line an entry, and metrics in lines of the same log. */
export const base: Base = {
  clock: systemClock,
  chance: systemChance,
  log: createConsoleLog({ format: 'json', clock: systemClock }),
  metrics: createEmf({ clock: systemClock }),
};
