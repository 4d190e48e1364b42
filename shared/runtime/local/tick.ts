import { onTick } from '../../../functions/sweep.ts';
import { messageOf } from '../../core/failures.ts';
import type { Ports } from '../../ports.ts';
import { TICK } from '../../reconcile/sweep.ts';
import { runBlobSweeps } from './blobs.ts';

/** The clock of the local runtime: a tick at every full minute, the first at once, and a sweep of the blobs a day, until `signal` fires. */
export async function runClock(ports: Ports, signal: AbortSignal): Promise<void> {
  await Promise.all([runTicks(ports, signal), runBlobSweeps(ports, signal)]);
}

async function runTicks(ports: Ports, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await onTick(ports.clock.now(), ports);
    } catch (error) {
      ports.log.warn('tick failed', { error: messageOf(error) });
    }
    const rest = TICK - (ports.clock.now().getTime() % TICK);
    await ports.clock.sleep(rest, signal).catch(() => undefined);
  }
}
