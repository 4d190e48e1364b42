import { createHmac } from 'node:crypto';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { randomKey, systemChance } from '../../../shared/adapters/local/system.ts';
import { isFault, messageOf } from '../../../shared/core/failures.ts';
import type { QueueState } from '../../../shared/core/queue-state.ts';
import type { ClusterRecord, HttpAnswer } from '../../../shared/ports.ts';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { putHook, removeHook } from '../../../shared/receive/hook-index.ts';
import { digestOfPath, webhookPath } from '../../../shared/receive/webhook-path.ts';
import { FLUX_NAMESPACE } from '../namespace.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** What the test delivery is made with. */
export interface DeliveryTest {
  readonly world: Pick<World, 'clock'>;
  readonly state: Pick<State, 'store' | 'deployment'>;
  readonly records: readonly ClusterRecord[];
  readonly webhookUrl: string;
  readonly running: boolean;
  readonly states: () => Promise<readonly QueueState[]>;
}

const WHERE = 'webhooks';
/** The name of the Receiver that exists in the index alone, while the test runs. */
const NAME = 'sluice-doctor';
/** Bytes of its token: SHA-256's own size. */
const TOKEN_BYTES = 32;
/** How long the answer, and then the worker, may take, in milliseconds. */
const ANSWER_MS = 5_000;
const HANDLED_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Sends a signed delivery that wakes nothing through the server, the index and the queue, and one with a wrong signature; tells how long each hop took. */
export async function deliveryFindings(test: DeliveryTest): Promise<readonly Finding[]> {
  const { records, running, state, world } = test;
  if (!running) return [warning(WHERE, 'not tested, as no process runs', 'start "sluice dev"')];
  const [record] = records;
  if (!record)
    return [warning(WHERE, 'not tested, as no cluster is registered', '"sluice cluster add NAME"')];
  const key = await state.deployment.hookKey?.();
  if (!key) return [warning(WHERE, 'not tested, as this deployment has no key for them', 'look at its log')];
  const token = randomKey(TOKEN_BYTES);
  const path = webhookPath(token, NAME, FLUX_NAMESPACE);
  const digest = digestOfPath(path) ?? '';
  const owner = { cluster: record.id, namespace: FLUX_NAMESPACE, name: NAME };
  const entry: HookEntry = {
    ...{ owner, type: 'generic-hmac', events: [], resources: [] },
    token: Buffer.from(token).toString('base64'),
  };
  const ports = { store: state.store, clock: world.clock, chance: systemChance };
  await putHook(ports, key, digest, entry);
  try {
    return await deliver(test, path, token);
  } finally {
    await removeHook(ports, digest, owner);
  }
}

async function deliver(test: DeliveryTest, path: string, token: Uint8Array): Promise<readonly Finding[]> {
  const { webhookUrl } = test;
  const reach = `give its address with --webhook-url, or look at the process's log`;
  try {
    const forged = await post(webhookUrl, path, randomKey(TOKEN_BYTES));
    const began = performance.now();
    const answer = await post(webhookUrl, path, token);
    const answered = performance.now() - began;
    if (answer.status >= 300)
      return [problem(WHERE, `${webhookUrl} answers a signed delivery with ${answer.status}`, reach)];
    if (forged.status < 400)
      return [
        problem(WHERE, `${webhookUrl} takes a delivery with a wrong signature`, 'report this as a bug'),
      ];
    return [await handled(test, answered)];
  } catch (error) {
    if (!isFault(error)) throw error;
    return [problem(WHERE, `no answer at ${webhookUrl}: ${messageOf(error)}`, reach)];
  }
}

/** Waits until the worker has taken it from the queue. */
async function handled({ states, world, webhookUrl }: DeliveryTest, answered: number): Promise<Finding> {
  const began = performance.now();
  for (;;) {
    const arrivals = (await states()).find(({ queue }) => queue === 'arrivals');
    const took = performance.now() - began;
    const hops = `a signed delivery to ${webhookUrl} was answered in ${answered.toFixed(0)} ms`;
    if (!arrivals || arrivals.ready + arrivals.inFlight === 0)
      return ok(WHERE, `${hops} and handled in ${took.toFixed(0)} ms more; a forged one was refused`);
    if (took > HANDLED_MS) {
      const what = `${hops}, but not handled within ${HANDLED_MS / 1000} s`;
      return problem(WHERE, what, "look into the process's log, then start it again");
    }
    await world.clock.sleep(LOOK_EVERY_MS);
  }
}

function post(base: string, path: string, token: Uint8Array): Promise<HttpAnswer> {
  const body = Buffer.from(JSON.stringify({ test: systemChance.uuid() }));
  const signature = createHmac('sha256', token).update(body).digest('hex');
  return createHttp({ loopback: true, privateRanges: true }).request({
    ...{ method: 'POST', url: `${base}${path}`, body, maxBytes: 64 * 1024, maxRedirects: 0 },
    headers: { 'content-type': 'application/json', 'x-signature': `sha256=${signature}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
}
