import { messageOf } from '../../core/failures.ts';
import type { ClusterRecord, Ports } from '../../ports.ts';
import { watchCluster } from './watch.ts';

/** How often the registry is read for clusters that came or went, milliseconds. */
const LOOK_EVERY = 2000;

/** Keeps one watch a registered cluster, following the registry, until `signal` fires. */
export async function followClusters(ports: Ports, signal: AbortSignal): Promise<void> {
  const watched = new Map<string, { readonly stop: AbortController; readonly settings: string }>();
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const wanted = await wantedClusters(ports);
    for (const [id, { stop, settings }] of watched) {
      const record = wanted?.get(id);
      if (wanted === undefined || (record && keyOf(record) === settings)) continue;
      stop.abort();
      watched.delete(id);
    }
    for (const record of wanted?.values() ?? []) {
      if (watched.has(record.id)) continue;
      const stop = new AbortController();
      watched.set(record.id, { stop, settings: keyOf(record) });
      ports.log.info('watching cluster', { cluster: record.name });
      const run = watchCluster(record, ports, AbortSignal.any([signal, stop.signal])).finally(() =>
        running.delete(run),
      );
      running.add(run);
    }
    await ports.clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
  }
  await Promise.all(running);
}

/** The clusters to watch by id; undefined when the registry cannot be read just now. */
async function wantedClusters(ports: Ports): Promise<ReadonlyMap<string, ClusterRecord> | undefined> {
  try {
    // The clock's tick tells which records cannot be read.
    const records = await ports.clusters.list(() => undefined);
    return new Map(
      records.filter(({ settings }) => settings.owns !== 'none').map((record) => [record.id, record]),
    );
  } catch (error) {
    ports.log.warn('registry cannot be read', { error: messageOf(error) });
    return undefined;
  }
}

function keyOf({ server, ca, settings }: ClusterRecord): string {
  return JSON.stringify([server, ca, settings]);
}
