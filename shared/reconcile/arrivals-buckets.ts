import { dedupIdOf } from '../core/message-ids.ts';
import { together } from '../core/together.ts';
import type { Ports } from '../ports.ts';
import { AWS_BUCKETS, bucketUrlsOf, DROP_ZONE, OWN_STORE } from '../receive/bucket-address.ts';
import type { BucketEvent } from '../receive/bucket-events.ts';
import { addressDigest, repositoryAddress } from '../receive/repository-address.ts';
import { type IndexedObject, objectsOf } from '../receive/repository-index.ts';
import { newMessage, sendLater } from './enqueue.ts';
import { queueOf } from './registry.ts';

/** Ours: of all events of a Bucket in this time, in ms, one run comes: people upload folders, not files. */
const SLOT_MS = 1000;
/** Ours: how far apart the clocks of two functions may be, in ms. */
const MAX_SKEW_MS = 1000;

/** Wakes the Buckets that the objects belong to; the run comes after all events of the same second. */
export async function wakeBuckets(events: readonly BucketEvent[], ports: Ports): Promise<void> {
  const found = await together(events.map((event) => bucketsOf(event, ports)));
  const targets = new Map(found.flat().map((object) => [JSON.stringify(object), object]));
  const now = ports.clock.now();
  const slot = Math.floor(now.getTime() / SLOT_MS) + 1;
  const delay = slot * SLOT_MS - now.getTime() + MAX_SKEW_MS;
  const trace = ports.chance.uuid();
  await together(
    [...targets.values()].map(async ({ cluster, ...target }) => {
      const queue = queueOf(target.kind);
      if (queue === undefined || (await ports.clusters.get(cluster)) === undefined) return;
      const message = newMessage(cluster, target, 'delivery', now, trace);
      const id = dedupIdOf('bucket', cluster, target.namespace, target.name, slot);
      await sendLater(ports, queue, message, delay, id);
    }),
  );
}

async function bucketsOf({ bucket, key }: BucketEvent, ports: Ports): Promise<readonly IndexedObject[]> {
  const everywhere = await indexedUnder(bucketUrlsOf(AWS_BUCKETS, bucket, key), ports);
  const [zone, cluster, ...rest] = key.split('/');
  const isOwn = bucket === ports.deployment.bucket?.name && zone === DROP_ZONE && rest.length > 0;
  if (!isOwn) return everywhere;
  const dropped = await indexedUnder(bucketUrlsOf(OWN_STORE, DROP_ZONE, rest.join('/')), ports);
  return [...everywhere, ...dropped.filter((object) => object.cluster === cluster)];
}

async function indexedUnder(urls: readonly string[], { store }: Ports): Promise<readonly IndexedObject[]> {
  const addresses = urls.map(repositoryAddress).filter((address) => address !== undefined);
  const found = await together([...new Set(addresses)].map((one) => objectsOf(store, addressDigest(one))));
  return found.flat().filter(({ kind }) => kind === 'Bucket');
}
