import { createHmac } from 'node:crypto';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryQueues } from '../../../shared/adapters/memory/memory-queues.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import type { HttpEvent, HttpResult } from '../../../shared/core/http-event.ts';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import { putHook } from '../../../shared/receive/hook-index.ts';
import type { HookMessage } from '../../../shared/receive/hook-message.ts';
import { type ReceivePorts, receive } from '../../../shared/receive/receive.ts';
import { digestOfPath, webhookPath } from '../../../shared/receive/webhook-path.ts';
import { NOW } from '../../builders.ts';

/** GitHub's documented example: secret, body and the signature that belongs to them. */
export const PUBLISHED = {
  token: "It's a Secret to Everybody",
  body: 'Hello, World!',
  signature: 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
} as const;

export const KEY = new Uint8Array(32).fill(9);

/** A request as API Gateway hands it on. */
export function event(
  path: string,
  parts: Partial<HttpEvent> & { readonly method?: string } = {},
): HttpEvent {
  const { method = 'POST', ...rest } = parts;
  return {
    rawPath: path,
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: { http: { method } },
    ...rest,
  };
}

/** An entry of Receiver apps/web on cluster `c1`, of type github with the published token. */
export function entry(overrides: Partial<HookEntry> = {}): HookEntry {
  return {
    owner: { cluster: 'c1', namespace: 'apps', name: 'web' },
    type: 'github',
    token: Buffer.from(PUBLISHED.token).toString('base64'),
    events: [],
    resources: [{ kind: 'GitRepository', name: 'web' }],
    ...overrides,
  };
}

/** The path of an entry's Receiver. */
export function pathOf({ token, owner }: HookEntry): string {
  const [name, namespace] = 'webhook' in owner ? [owner.webhook, ''] : [owner.name, owner.namespace];
  return webhookPath(Buffer.from(token, 'base64'), name, namespace);
}

/** `receive` with a store, queues and a log in memory, and these entries in the index. */
export async function createReceiving(...entries: readonly HookEntry[]) {
  const clock = createManualClock(NOW);
  const chance = createSeededChance();
  const store = createMemoryStore(clock);
  const queues = createMemoryQueues(clock, chance);
  const log = createCollectingLog();
  const deployment = { id: 'd1', key: new Uint8Array(32), hookKey: async () => KEY };
  const ports: ReceivePorts = { deployment, store, queues, clock, chance, log };
  for (const one of entries) await putHook(ports, KEY, digestOfPath(pathOf(one)) ?? '', one);
  const arrived = async (): Promise<readonly HookMessage[]> => {
    const batch = await queues.receive('arrivals', 10, 1000);
    await queues.acknowledge('arrivals', batch);
    return batch.map(({ body }) => JSON.parse(body) as HookMessage);
  };
  const post = (path: string, body: string, headers: Readonly<Record<string, string>>): Promise<HttpResult> =>
    receive(event(path, { body, headers }), ports);
  return { clock, store, queues, log, ports, arrived, post };
}

/** The headers of a GitHub delivery of `body`, signed with `token`. */
export function signed(
  body: string | Uint8Array,
  token: string = PUBLISHED.token,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const mac = createHmac('sha256', token).update(body).digest('hex');
  return {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${mac}`,
    ...more,
  };
}
