import { createHmac } from 'node:crypto';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { randomKey, systemChance } from '../../../shared/adapters/local/system.ts';
import { isFault, messageOf } from '../../../shared/core/failures.ts';
import type { ClusterRecord, HttpAnswer } from '../../../shared/ports.ts';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { putHook, removeHook } from '../../../shared/receive/hook-index.ts';
import { forgetMark, readMark } from '../../../shared/receive/probe-mark.ts';
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
  /** How long the worker may take, in milliseconds. */
  readonly patience: number;
  /** What to do when nobody answers there, and when the delivery is taken and not worked on. */
  readonly advice: { readonly unanswered: string; readonly unhandled: string };
}

const WHERE = 'webhooks';
/** The name of the Receiver that exists in the index alone, while the test runs. */
const NAME = 'sluice-doctor';
/** Bytes of its token: SHA-256's own size. */
const TOKEN_BYTES = 32;
/** How long an answer may take, in milliseconds: a function on AWS may have to be started. */
const ANSWER_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Sends a signed delivery that wakes nothing through the server, the index and the queue, and one with a wrong signature; tells how long each hop took. */
export async function deliveryFindings(test: DeliveryTest): Promise<readonly Finding[]> {
  const { records, state, world } = test;
  const [record] = records;
  if (!record)
    return [warning(WHERE, 'not tested, as no cluster is registered', '"sluice cluster add NAME"')];
  const key = await state.deployment.hookKey?.();
  if (!key) return [warning(WHERE, 'not tested, as this deployment has no key for them', 'look at its log')];
  const token = randomKey(TOKEN_BYTES);
  const probe = systemChance.uuid();
  const path = webhookPath(token, NAME, FLUX_NAMESPACE);
  const digest = digestOfPath(path) ?? '';
  const owner = { cluster: record.id, namespace: FLUX_NAMESPACE, name: NAME };
  const entry: HookEntry = {
    ...{ owner, type: 'generic-hmac', events: [], resources: [], probe },
    token: Buffer.from(token).toString('base64'),
  };
  const ports = { store: state.store, clock: world.clock, chance: systemChance };
  await putHook(ports, key, digest, entry);
  try {
    return await deliver(test, probe, path, token);
  } finally {
    await removeHook(ports, digest, owner);
    await forgetMark(state.store, probe);
  }
}

async function deliver(
  test: DeliveryTest,
  probe: string,
  path: string,
  token: Uint8Array,
): Promise<readonly Finding[]> {
  const { webhookUrl, advice } = test;
  try {
    // The first answer may have to wait for a function to start, the second is as fast as they are.
    const forged = await post(webhookUrl, path, randomKey(TOKEN_BYTES));
    const began = performance.now();
    const answer = await post(webhookUrl, path, token);
    const answered = performance.now() - began;
    if (answer.status >= 300) {
      const what = `${webhookUrl} answers a signed delivery with ${answer.status}`;
      return [problem(WHERE, what, advice.unanswered)];
    }
    if (forged.status < 400) {
      const what = `${webhookUrl} takes a delivery with a wrong signature`;
      return [problem(WHERE, what, 'report this as a bug')];
    }
    return [await handled(test, probe, answered)];
  } catch (error) {
    if (!isFault(error)) throw error;
    return [problem(WHERE, `no answer at ${webhookUrl}: ${messageOf(error)}`, advice.unanswered)];
  }
}

/** Waits until the worker has marked it as seen. */
async function handled(test: DeliveryTest, probe: string, answered: number): Promise<Finding> {
  const { state, world, webhookUrl, advice, patience } = test;
  const hop = `a signed delivery to ${webhookUrl} was answered in ${answered.toFixed(0)} ms`;
  const began = performance.now();
  while (performance.now() - began < patience) {
    const mark = await readMark(state.store, probe);
    if (mark) {
      const took = Math.max(0, mark.expanded.getTime() - mark.received.getTime());
      const what = `${hop} and handled ${took} ms after it was received; a forged one was refused`;
      return ok(WHERE, what);
    }
    await world.clock.sleep(LOOK_EVERY_MS);
  }
  return problem(WHERE, `${hop}, but not handled within ${patience / 1000} s`, advice.unhandled);
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
