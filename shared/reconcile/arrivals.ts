import type { Delivery, Ports, Settled } from '../ports.ts';
import { parseBucketMessage } from '../receive/bucket-events.ts';
import { parseHookMessage } from '../receive/hook-message.ts';
import { wakeBuckets } from './arrivals-buckets.ts';
import { expandHook } from './arrivals-hooks.ts';
import { sendWork } from './enqueue.ts';
import { queueOf } from './registry.ts';
import { bury, parseWork, settle } from './work.ts';

/** Hands each trigger that arrived to its kind's queue; the delivery's id makes it unique. */
export async function arrive(
  batch: readonly Delivery[],
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Settled[]> {
  return Promise.all(
    batch.map(async (delivery) => ({
      id: delivery.id,
      ok: await settle(delivery, ports, () => arriveOne(delivery, ports, signal)),
    })),
  );
}

async function arriveOne(delivery: Delivery, ports: Ports, signal: AbortSignal): Promise<boolean> {
  const hook = parseHookMessage(delivery.body);
  if (hook !== undefined) {
    await expandHook(hook, ports, signal);
    return true;
  }
  const bucket = parseBucketMessage(delivery.body);
  if (bucket !== undefined) {
    if ('broken' in bucket) return bury(delivery, bucket.broken, ports, 'arrivals');
    await wakeBuckets(bucket.events, ports);
    return true;
  }
  const message = parseWork(delivery.body);
  const queue = message && queueOf(message.kind);
  if (message === undefined || queue === undefined)
    return bury(delivery, 'not a trigger of ours', ports, 'arrivals');
  const record = await ports.clusters.get(message.cluster);
  if (record === undefined)
    return bury(delivery, `no cluster ${message.cluster} is registered`, ports, 'arrivals');
  await sendWork(ports, record, queue, [{ message, unique: ['delivery', delivery.id] }]);
  return true;
}
