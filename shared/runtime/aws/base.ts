import { createConsoleLog } from '../../adapters/local/console-log.ts';
import { systemChance, systemClock } from '../../adapters/local/system.ts';
import type { Chance, Clock, Log } from '../../ports.ts';

/** What every function has. */
export interface Base {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
}

/** The machine's clock and chance, and a log of one JSON line an entry. */
export const base: Base = {
  clock: systemClock,
  chance: systemChance,
  log: createConsoleLog({ format: 'json', clock: systemClock }),
};
