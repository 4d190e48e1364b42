import { messageOf } from '../../core/failures.ts';
import type { Ports } from '../../ports.ts';
import { TICK, tick } from '../../reconcile/sweep.ts';

/** The clock of the local runtime: a tick at every full minute, the first at once, until `signal` fires. */
export async function runClock(ports: Ports, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await tick(ports.clock.now(), ports);
    } catch (error) {
      ports.log.warn('tick failed', { error: messageOf(error) });
    }
    const rest = TICK - (ports.clock.now().getTime() % TICK);
    await ports.clock.sleep(rest, signal).catch(() => undefined);
  }
}
