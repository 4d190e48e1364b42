import { sweepBlobs } from '../shared/artifact/blob-sweep.ts';
import { Fault } from '../shared/core/failures.ts';
import type { Ports } from '../shared/ports.ts';

/** Deletes stored artifacts that nobody names any more; throws when it could not look through all of them. */
export async function handler(
  { store, clock, log }: Pick<Ports, 'store' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { deleted, bytes, refused, leases } = await sweepBlobs(store, clock, signal);
  if (leases !== undefined) log.warn('leases not swept', { error: leases });
  if (refused !== undefined)
    throw new Fault('server-error', `blobs not swept: ${refused}`, { deleted, bytes });
  log.info('blobs swept', { deleted, bytes });
}
