import { Fault, messageOf } from '../core/failures.ts';
import { type HttpEvent, type HttpResult, plainText } from '../core/http-event.ts';
import { dedupIdOf } from '../core/message-ids.ts';
import type { WorkMessage } from '../core/messages.ts';
import type { Ports } from '../ports.ts';
import { allows, deliveryId, eventOf, payloadOf, wrongMediaType } from './delivery.ts';
import type { HookEntry } from './hook-entry.ts';
import { parseOwner } from './hook-entry.ts';
import { type Hooks, readHooks } from './hook-index.ts';
import { type HookMessage, hookMessageBodies } from './hook-message.ts';
import { type HookRequest, requestOf } from './hook-request.ts';
import { repositoriesIn } from './payload-repositories.ts';
import { addressDigest, isWithin } from './repository-address.ts';
import { proven } from './verify.ts';
import { digestOfPath } from './webhook-path.ts';

/** What `receive` reaches: it reads one entry of the store and sends one message. */
export type ReceivePorts = Pick<
  Ports,
  'deployment' | 'store' | 'queues' | 'clock' | 'chance' | 'log' | 'metrics'
>;

/** An unknown path and a wrong signature look alike. */
const NOT_FOUND = plainText(404, 'not found');
/** Characters of an event's name in the log. */
const MAX_EVENT = 64;

/**
 * Answers a delivery: 202 when it is stored and will be acted on, 200 when it concerns nothing, 400 when the type does
 * not take it, 503 when it has to be sent again. Nothing is told to whoever has not proven to know the token.
 */
export async function receive(event: HttpEvent, ports: ReceivePorts): Promise<HttpResult> {
  const start = ports.clock.now().getTime();
  const result = await answerOf(event, ports);
  const seconds = (ports.clock.now().getTime() - start) / 1000;
  const { method } = event.requestContext.http;
  const bytes = Buffer.byteLength(result.body ?? '');
  ports.metrics?.answered({ method, code: result.statusCode, seconds, bytes });
  return result;
}

async function answerOf(event: HttpEvent, ports: ReceivePorts): Promise<HttpResult> {
  const read = requestOf(event);
  if ('refusal' in read) return read.refusal;
  const digest = event.rawQueryString === '' ? digestOfPath(event.rawPath) : undefined;
  if (digest === undefined) return NOT_FOUND;
  try {
    return await answer(digest, read.request, ports);
  } catch (error) {
    ports.log.error('delivery not stored', { error: messageOf(error) });
    return plainText(503, 'the delivery could not be stored, send it again');
  }
}

async function answer(digest: string, request: HookRequest, ports: ReceivePorts): Promise<HttpResult> {
  const { hookKey } = ports.deployment;
  if (hookKey === undefined) throw new Fault('unsupported', 'this deployment has no key for webhooks');
  const hooks = await readHooks(ports.store, await hookKey(), digest);
  const known = (hooks?.entries ?? []).map((entry) => ({
    entry,
    type: entry.type,
    token: Buffer.from(entry.token, 'base64'),
  }));
  const entries = proven(known, request).map(({ entry }) => entry);
  if (hooks && hooks.unreadable.length > 0) await reportUnreadable(hooks, ports);
  if (entries.length === 0) return unproven(hooks, ports);
  const open = entries.filter(({ closed }) => closed === undefined);
  if (open.length === 0) return plainText(503, `the receiver is ${entries[0]?.closed}`);
  return take(digest, open, request, ports);
}

function unproven(hooks: Hooks | undefined, { log }: ReceivePorts): HttpResult {
  if (hooks && hooks.unreadable.length > 0) throw new Fault('malformed', 'an entry of the index is corrupt');
  const why = hooks === undefined ? 'nobody has this path' : 'the signature or token is wrong';
  log.warn('delivery refused', { why });
  return NOT_FOUND;
}

async function take(
  digest: string,
  entries: readonly HookEntry[],
  request: HookRequest,
  ports: ReceivePorts,
): Promise<HttpResult> {
  const refusals = entries.map((entry) => refusalOf(entry, request));
  const taken = entries.filter((_, index) => refusals[index] === undefined);
  const [first] = taken;
  if (first === undefined) {
    ports.log.warn('delivery refused', { why: refusals[0] });
    return plainText(400, refusals[0] ?? '');
  }
  const message = messageOfDelivery(digest, taken, request, ports);
  const count = { receivers: message.receivers.length, repositories: message.repositories.length };
  const about = { type: first.type, event: eventOf(first.type, request)?.slice(0, MAX_EVENT), ...count };
  if (count.receivers + count.repositories === 0) {
    ports.log.info('delivery concerns nothing', about);
    return plainText(200, 'nothing to do');
  }
  const bodies = hookMessageBodies(message);
  await ports.queues.send(
    'arrivals',
    bodies.map((body) => ({ body })),
  );
  ports.log.info('delivery taken', { ...about, trace: message.trace });
  return plainText(202, 'accepted');
}

/** Why an entry does not take a delivery that is proven, for the sender's eyes. */
function refusalOf({ type, events, owner }: HookEntry, request: HookRequest): string | undefined {
  const wrong = wrongMediaType(type, request);
  if (wrong !== undefined) return wrong;
  const event = eventOf(type, request);
  if (!allows(events, event)) return `the event '${event?.slice(0, MAX_EVENT)}' is not one of those listed`;
  return 'webhook' in owner && payloadOf(request) === undefined ? 'the body is not JSON' : undefined;
}

function messageOfDelivery(
  digest: string,
  entries: readonly HookEntry[],
  request: HookRequest,
  { clock, chance }: ReceivePorts,
): HookMessage {
  const id = deliveryId(entries[0]?.type ?? '', request) ?? chance.uuid();
  const probe = entries.find((entry) => entry.probe !== undefined)?.probe;
  return {
    delivery: dedupIdOf(digest, id),
    receivers: entries.flatMap(({ owner, resources }) =>
      'webhook' in owner ? [] : [{ ...owner, resources }],
    ),
    repositories: [...new Set(entries.flatMap((entry) => repositoriesOf(entry, request)))],
    ...(probe !== undefined && { probe }),
    since: clock.now().toISOString(),
    trace: chance.uuid(),
    hops: 0,
  };
}

function repositoriesOf({ owner, org }: HookEntry, request: HookRequest): readonly string[] {
  if (!('webhook' in owner)) return [];
  const named = repositoriesIn(payloadOf(request));
  return named.filter((address) => org === undefined || isWithin(address, org)).map(addressDigest);
}

/** Tells of entries that cannot be opened, and wakes their Receivers, which put them back. */
async function reportUnreadable({ unreadable }: Hooks, ports: ReceivePorts): Promise<void> {
  ports.log.error('entries of the webhook index are corrupt', { owners: unreadable });
  const since = ports.clock.now().toISOString();
  const trace = ports.chance.uuid();
  const bodies = unreadable.flatMap((line) => {
    const owner = parseOwner(line);
    if (owner === undefined || 'webhook' in owner) return [];
    const message: WorkMessage = { ...owner, kind: 'Receiver', reason: 'delivery', hops: 0, since, trace };
    return { body: JSON.stringify(message) };
  });
  if (bodies.length > 0) await ports.queues.send('arrivals', bodies);
}
