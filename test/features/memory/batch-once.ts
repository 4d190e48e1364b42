import { createInterface } from 'node:readline';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { work } from '../../../shared/reconcile/work.ts';
import { create, GIT_REPOSITORY, gitRepository, read } from '../../flow/drive.ts';
import { openWorld, type World } from '../../flow/world.ts';

// A process of its own, so that its memory is that of one worker: `node batch-once.ts <folder> <server> <ca> <token> <git
// server> <names>` takes one batch of messages for GitRepositories of these names, then again whenever a line comes in,
// and prints after each the most MiB it held, in which order their artifacts were stored, and who is not ready.
const [dir = '', server = '', ca = '', token = '', git = '', names = ''] = process.argv.slice(2);
const NAMESPACE = 'default';
const NAMES = names.split(',');
/** A slow machine has so many times what a worker has: what counts is the memory. */
const PATIENCE = 5;
const WORKER_MS = PATIENCE * 120_000;

/** Notes whose artifact is stored. */
function noting(store: ObjectStore, order: string[]): ObjectStore {
  return {
    ...store,
    async put(key, body, condition) {
      const answer = await store.put(key, body, condition);
      const [prefix, , , , name = ''] = key.split('/');
      if (prefix === 'artifacts' && NAMES.includes(name)) order.push(name);
      return answer;
    },
  };
}

async function take(world: World, order: string[], store: ObjectStore): Promise<void> {
  order.length = 0;
  const since = new Date().toISOString();
  const batch = NAMES.map((name) => {
    const message = { cluster: world.clusterId, kind: 'GitRepository', namespace: NAMESPACE, name };
    const body = JSON.stringify({
      ...message,
      reason: 'delivery',
      hops: 0,
      since,
      trace: crypto.randomUUID(),
    });
    return { id: name, body, receiveCount: 1 };
  });
  const { ports } = world.runtime;
  const timeout = (milliseconds: number) => ports.clock.timeout(PATIENCE * milliseconds);
  const clock = { ...ports.clock, timeout };
  const settled = await work(batch, { ...ports, clock, store }, AbortSignal.timeout(WORKER_MS));
  const unready: string[] = settled.filter(({ ok }) => !ok).map(({ id }) => id);
  for (const name of NAMES) {
    const { status } = await read(world, { ...GIT_REPOSITORY, namespace: NAMESPACE, name });
    const ready = status.conditions.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True') unready.push(`${name}: ${ready?.message}`);
  }
  const held = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${JSON.stringify({ held, order, unready })}\n`);
}

const world = await openWorld({ dir, server, ca, token, log: createCollectingLog() });
for (const name of NAMES)
  await create(world, gitRepository(world, NAMESPACE, name, { url: `${git}/${name}.git`, timeout: '2m' }));
const order: string[] = [];
const store = noting(world.runtime.ports.store, order);
await take(world, order, store);
for await (const _ of createInterface(process.stdin)) await take(world, order, store);
await world.stop();
