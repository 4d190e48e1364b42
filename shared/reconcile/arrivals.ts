import type { Delivery, Ports, Settled } from '../ports.ts';
import { sendWork } from './enqueue.ts';
import { queueOf } from './registry.ts';
import { bury, parseWork, settle } from './work.ts';

/** Hands each trigger that arrived to its kind's queue; the delivery's id makes it unique. */
export async function arrive(batch: readonly Delivery[], ports: Ports): Promise<readonly Settled[]> {
  return Promise.all(
    batch.map(async (delivery) => ({
      id: delivery.id,
      ok: await settle(delivery, ports, () => arriveOne(delivery, ports)),
    })),
  );
}

async function arriveOne(delivery: Delivery, ports: Ports): Promise<boolean> {
  const message = parseWork(delivery.body);
  const queue = message && queueOf(message.kind);
  if (message === undefined || queue === undefined) return bury(delivery, 'not a trigger of ours', ports);
  const record = await ports.clusters.get(message.cluster);
  if (record === undefined) return bury(delivery, `no cluster ${message.cluster} is registered`, ports);
  await sendWork(ports, record, queue, [{ message, unique: ['delivery', delivery.id] }]);
  return true;
}
