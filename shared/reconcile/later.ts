import type { ForwardMessage } from '../core/messages.ts';
import { isFifo } from '../core/queue-rules.ts';
import type { Delivery, Ports, Settled } from '../ports.ts';
import { groupOfMessage } from './enqueue.ts';
import { isRead } from './queue-table.ts';
import { bury, isQueueName, parseJson, parseWork, settle } from './work.ts';

/** Forwards each message that has waited long enough to its queue, under the id it carried. */
export async function forward(batch: readonly Delivery[], ports: Ports): Promise<readonly Settled[]> {
  return Promise.all(
    batch.map(async (delivery) => ({
      id: delivery.id,
      ok: await settle(delivery, ports, () => forwardOne(delivery, ports)),
    })),
  );
}

async function forwardOne(delivery: Delivery, ports: Ports): Promise<boolean> {
  const forwarded = parseForward(delivery.body);
  if (forwarded === undefined) return bury(delivery, 'not a message that waited here', ports, 'later');
  const { to, message, dedupId } = forwarded;
  if (!isRead(to))
    return bury(delivery, `nobody reads queue ${to} in this version of Sluice`, ports, 'later');
  const record = await ports.clusters.get(message.cluster);
  if (record === undefined) return true;
  const group = groupOfMessage(to, message, record);
  await ports.queues.send(to, [{ body: JSON.stringify(message), group, dedupId }]);
  return true;
}

function parseForward(body: string): ForwardMessage | undefined {
  const value = parseJson(body) as Partial<ForwardMessage> | null | undefined;
  const message = parseWork(JSON.stringify(value?.message ?? null));
  if (
    message === undefined ||
    !isQueueName(value?.to) ||
    !isFifo(value.to) ||
    typeof value.dedupId !== 'string'
  )
    return undefined;
  return { to: value.to, dedupId: value.dedupId, message };
}
