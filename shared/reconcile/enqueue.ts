import { sha256Hex } from '../core/digests.ts';
import { dedupIdOf, groupOfObject } from '../core/message-ids.ts';
import type { ForwardMessage, QueueName, Reason, WorkMessage } from '../core/messages.ts';
import type { ClusterRecord, Ports } from '../ports.ts';

/** SQS's longest delay of one message, seconds. */
const MAX_DELAY_SECONDS = 900;

/** Whom a message is about. */
export interface Target {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A message at the head of a new chain. */
export function newMessage(
  cluster: string,
  target: Target,
  reason: Reason,
  since: Date,
  trace: string,
): WorkMessage {
  const { kind, namespace, name } = target;
  return { cluster, kind, namespace, name, reason, hops: 0, since: since.toISOString(), trace };
}

/** Sends work to its kind's queue, grouped by object; `unique` is what makes the trigger unique. */
export async function sendWork(
  ports: Ports,
  record: ClusterRecord,
  queue: QueueName,
  items: readonly { readonly message: WorkMessage; readonly unique: readonly (string | number)[] }[],
): Promise<void> {
  if (items.length === 0) return;
  await ports.queues.send(
    queue,
    items.map(({ message, unique }) => ({
      body: JSON.stringify(message),
      group: groupOfMessage(queue, message, record),
      dedupId: dedupIdOf(message.kind, message.namespace, message.name, ...unique),
    })),
  );
}

/** Puts a message into `later`; it keeps `dedupId` on its way into `to`. */
export async function sendLater(
  ports: Ports,
  to: QueueName,
  message: WorkMessage,
  milliseconds: number,
  dedupId: string,
): Promise<void> {
  const forward: ForwardMessage = { to, dedupId, message };
  const delaySeconds = Math.min(Math.max(1, Math.ceil(milliseconds / 1000)), MAX_DELAY_SECONDS);
  await ports.queues.send('later', [{ body: JSON.stringify(forward), delaySeconds }]);
}

/** One group per object for helm, `groups` a cluster for the rest. */
export function groupOfMessage(
  queue: QueueName,
  message: WorkMessage,
  record: Pick<ClusterRecord, 'settings'>,
): string {
  if (queue !== 'helm') return groupOfObject(message, record.settings.groups);
  return `${message.cluster}#${sha256Hex(`${message.kind}/${message.namespace}/${message.name}`).slice(0, 32)}`;
}
