import { buriedBody } from '../core/dead-letters.ts';
import { type Fault, isFault, messageOf, Postponed } from '../core/failures.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import { QUEUES, type QueueName, type WorkMessage } from '../core/messages.ts';
import { redact } from '../core/redaction.ts';
import type { Delivery, Ports, Settled } from '../ports.ts';
import { openCluster, type Visit } from './clusters.ts';
import { backoff, MAX_HOPS, SWEEP_FROM } from './delays.ts';
import type { Run } from './engine.ts';
import { sendLater } from './enqueue.ts';
import { reconcilerFor } from './registry.ts';

/** Handles a batch of work messages: clusters are opened once, different objects run in parallel. */
export async function work(
  batch: readonly Delivery[],
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly Settled[]> {
  const visits = new Map<string, Promise<Visit>>();
  const visit = (id: string): Promise<Visit> => {
    const known = visits.get(id) ?? openCluster(id, ports, signal);
    visits.set(id, known);
    return known;
  };
  const groups = groupByObject(batch);
  const settled = await Promise.all(
    groups.map((group) =>
      inOrder(group, (one) => settle(one, ports, () => handle(one, visit, ports, signal))),
    ),
  );
  return settled.flat();
}

/** Whether a delivery is done with; whatever is thrown makes that one come again and sinks no other. */
export async function settle(
  delivery: Delivery,
  ports: Ports,
  handleOne: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await handleOne();
  } catch (error) {
    const { id, receiveCount } = delivery;
    ports.log.error('message failed', { id, receiveCount, body: delivery.body, error: stackOf(error) });
    return false;
  }
}

async function inOrder(
  deliveries: readonly Delivery[],
  handleOne: (delivery: Delivery) => Promise<boolean>,
): Promise<readonly Settled[]> {
  const settled: Settled[] = [];
  for (const same of withoutRepeats(deliveries)) {
    const receiveCount = Math.max(...same.map((one) => one.receiveCount));
    const [first] = same;
    const ok =
      first !== undefined &&
      settled.every((before) => before.ok) &&
      (await handleOne({ ...first, receiveCount }));
    settled.push(...same.map(({ id }) => ({ id, ok })));
  }
  return settled;
}

/** A storm of webhooks for one object: those that lie in the queue together ask for one run, which begins after them all. */
function withoutRepeats(deliveries: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const runs: Delivery[][] = [];
  let repeats = false;
  for (const delivery of deliveries) {
    const message = parseWork(delivery.body);
    const isWebhook = message?.reason === 'delivery' && message.hops === 0 && !message.interrupted;
    if (isWebhook && repeats) runs.at(-1)?.push(delivery);
    else runs.push([delivery]);
    repeats = isWebhook;
  }
  return runs;
}

function groupByObject(batch: readonly Delivery[]): readonly (readonly Delivery[])[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of batch) {
    const message = parseWork(delivery.body);
    const key = message ? keyOf(message) : delivery.id;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups.values()];
}

async function handle(
  delivery: Delivery,
  visit: (id: string) => Promise<Visit>,
  ports: Ports,
  signal: AbortSignal,
): Promise<boolean> {
  const message = parseWork(delivery.body);
  if (message === undefined) return bury(delivery, 'not a work message of ours', ports);
  const entry = reconcilerFor(message.kind);
  if (entry === undefined) return bury(delivery, `no reconciler for kind ${message.kind}`, ports);
  const redelivered = delivery.receiveCount > 1 || message.interrupted === true;
  let opened: Visit | undefined;
  try {
    opened = await visit(message.cluster);
    await runOn(opened, { message, redelivered }, entry.run, ports, signal);
    return true;
  } catch (error) {
    // Whatever keeps a cluster closed, its record and its kubeconfig too, is no fault of the message.
    const isInterrupted = isFault(error) && (opened === undefined || isOfCluster(error));
    const isExpected = isInterrupted || error instanceof Postponed;
    if (isInterrupted) {
      ports.log.warn('reconciliation interrupted', { ...message, code: error.code, error: error.message });
    } else if (isExpected) {
      ports.log.info('reconciliation postponed', { ...message, why: messageOf(error) });
    } else {
      ports.log.error('reconciliation failed', { ...message, error: stackOf(error) });
    }
    // Given back to the queue it would hold up every object of its group, as often as somebody asks for it.
    const comesAgain = await putOff(message, entry.queue, ports);
    return comesAgain || isExpected || bury(delivery, redact(messageOf(error)), ports, entry.queue);
  }
}

async function runOn(
  visit: Visit,
  received: { readonly message: WorkMessage; readonly redelivered: boolean },
  run: Run,
  ports: Ports,
  signal: AbortSignal,
): Promise<void> {
  if (visit.refused !== undefined) {
    ports.log.warn('message dropped', { ...received.message, why: visit.refused });
    return;
  }
  await run({ ...visit, ...received, ports, signal });
}

/** Trouble of the cluster, its credentials or with other writers, not of the message. */
function isOfCluster(error: Fault): boolean {
  return [
    'unreachable',
    'timeout',
    'throttled',
    'server-error',
    'unauthorized',
    'forbidden',
    'not-found',
    'conflict',
  ].includes(error.code);
}

/** What failed is acknowledged and comes back through `later`; false from where on the sweep's slots take over. */
async function putOff(message: WorkMessage, queue: QueueName, ports: Ports): Promise<boolean> {
  const hops = message.hops + 1;
  const delay = backoff(hops + 1);
  if (hops > MAX_HOPS || delay >= SWEEP_FROM) return false;
  const again: WorkMessage = { ...message, reason: 'retry', hops, interrupted: true };
  const { kind, namespace, name, since } = message;
  await sendLater(ports, queue, again, delay, dedupIdOf(kind, namespace, name, since, hops));
  return true;
}

/** Puts a message that no retry can help into the dead-letter queue, with the reason; of one object for one reason, one in 5 minutes. */
export async function bury(
  delivery: Delivery,
  reason: string,
  ports: Ports,
  queue?: QueueName,
): Promise<boolean> {
  const { id, body } = delivery;
  ports.log.error('message buried', { id, reason });
  const dedupId = dedupIdOf('dead', about(body), reason);
  const buried = buriedBody({ id, body, reason, at: ports.clock.now(), queue });
  // A group of its own: a reader would not be shown what stands behind ten of one group.
  await ports.queues.send('dead', [{ body: buried, group: dedupId, dedupId }]);
  return true;
}

/** The object that a message is about, or all that it says; what a person puts back is news. */
function about(body: string): string {
  const message = parseWork(body);
  return message ? `${keyOf(message)} ${message.revived ?? ''}`.trimEnd() : body;
}

function keyOf({ cluster, kind, namespace, name }: WorkMessage): string {
  return `${cluster}/${kind}/${namespace}/${name}`;
}

const NAMES = ['cluster', 'kind', 'namespace', 'name', 'reason', 'since', 'trace'] as const;

/** The work message in `body`, undefined when it is not one. */
export function parseWork(body: string): WorkMessage | undefined {
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  if (!NAMES.every((name) => typeof fields[name] === 'string')) return undefined;
  return Number.isInteger(fields.hops) ? (value as WorkMessage) : undefined;
}

/** Parsed JSON, undefined when it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Whether `value` names one of our queues. */
export function isQueueName(value: unknown): value is QueueName {
  return QUEUES.some((queue) => queue === value);
}

function stackOf(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : messageOf(error);
}
