import { sweepBlobs } from '../../artifact/blob-sweep.ts';
import { messageOf } from '../../core/failures.ts';
import type { Ports } from '../../ports.ts';

const WATERMARK = 'watermarks/blobs.json';
/** Blobs are swept once a day, milliseconds. */
const SWEEP_EVERY = 24 * 3_600_000;
/** A machine that slept is late by this much at most, milliseconds; a sweep that failed is tried again then. */
const LOOK_EVERY = 3_600_000;

/** Sweeps the store's blobs when the last sweep is a day ago, whichever process did it, until `signal` fires. */
export async function runBlobSweeps(ports: Ports, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await isDue(ports)) await sweepOnce(ports, signal);
    } catch (error) {
      ports.log.warn('blobs not swept', { error: messageOf(error) });
    }
    await ports.clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
  }
}

async function isDue({ store, clock }: Ports): Promise<boolean> {
  const stored = await store.get(WATERMARK);
  const since = clock.now().getTime() - Date.parse(stored === undefined ? '' : sweptAt(stored.body));
  // a time to come is of a clock that was wrong
  return Number.isNaN(since) || since < 0 || since >= SWEEP_EVERY;
}

async function sweepOnce({ store, clock, log }: Ports, signal: AbortSignal): Promise<void> {
  const { deleted, bytes, refused, leases } = await sweepBlobs(store, clock, signal);
  if (leases !== undefined) log.warn('leases not swept', { error: leases });
  if (refused !== undefined) return log.warn('blobs not swept', { deleted, bytes, error: refused });
  if (deleted > 0) log.info('blobs swept', { deleted, bytes });
  if (signal.aborted) return;
  const mark = JSON.stringify({ sweptAt: clock.now().toISOString() });
  await store.put(WATERMARK, new TextEncoder().encode(mark));
}

function sweptAt(body: Uint8Array): string {
  try {
    return String((JSON.parse(new TextDecoder().decode(body)) as { sweptAt?: unknown } | null)?.sweptAt);
  } catch {
    return '';
  }
}
