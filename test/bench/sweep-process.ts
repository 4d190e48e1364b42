import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { MAX_BATCH } from '../../shared/core/queue-rules.ts';
import type { OutgoingMessage, Ports } from '../../shared/ports.ts';
import { sweep, tick } from '../../shared/reconcile/sweep.ts';

// Run in a process of its own with --expose-gc: `node sweep-process.ts DEPLOYMENT ROUNDS`, where the clusters are as JSON at
// its input. Sweeps all of them as one Lambda after the other would, and prints what each round took as JSON.

interface Access {
  readonly id: string;
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** What one tick took for all shards, one after the other. */
export interface Round {
  readonly seconds: number;
  /** Of this process. */
  readonly cpuSeconds: number;
  /** After a collection, MB. */
  readonly heap: number;
  readonly rss: number;
  readonly shards: number;
  readonly reads: number;
  readonly writes: number;
  /** To API servers. */
  readonly requests: number;
  /** Messages for workers, and requests to their queues. */
  readonly sent: number;
  readonly sends: number;
  readonly warnings: readonly string[];
}

const [deployment = '', rounds = '1'] = process.argv.slice(2);

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-sweep-'));
  try {
    const fleet = JSON.parse(await textOf(process.stdin)) as readonly Access[];
    const done = await measure(directory, fleet);
    console.log(JSON.stringify(done));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit();
}

async function measure(directory: string, fleet: readonly Access[]): Promise<readonly Round[]> {
  const system = { clock: systemClock, chance: systemChance };
  const store = await openDirectoryStore({ directory: join(directory, 'store'), ...system });
  const secrets = await openDirectorySecrets({ directory: join(directory, 'secrets'), ...system });
  const settings = { owns: 'all', profile: 'flux', groups: 16 } as const;
  for (const { id, server, ca, token } of fleet) {
    const record = { id, name: id, server, ca, labels: {}, settings };
    await saveCluster({ store, secrets }, record, { server, ca, credentials: { token } });
  }
  let minutes = 0;
  // Each round is the next minute's, as records are read anew then.
  const clock = { ...systemClock, now: () => new Date(Date.now() + minutes * 60_000) };
  const counts = { reads: 0, writes: 0, requests: 0, sent: 0, sends: 0 };
  const warnings = new Set<string>();
  const warn = (message: string, data: object = {}) =>
    void warnings.add(`${message} ${JSON.stringify(data)}`);
  const log = { info: () => undefined, warn, error: warn };
  let shards: readonly OutgoingMessage[] = [];
  const counted: Ports['store'] = {
    ...store,
    get: (key) => {
      counts.reads += 1;
      return store.get(key);
    },
    put: (key, body, condition) => {
      counts.writes += 1;
      return store.put(key, body, condition);
    },
  };
  const ports = {
    ...{ deployment: { id: deployment, key: new Uint8Array(32) }, ...system, clock, store: counted, log },
    clusters: createClusters({ store: counted, secrets, clock, onRequest: () => counts.requests++ }),
    queues: {
      send: async (queue: string, messages: readonly OutgoingMessage[]) => {
        if (queue === 'sweep') shards = messages;
        else {
          counts.sent += messages.length;
          counts.sends += Math.ceil(messages.length / MAX_BATCH);
        }
      },
    },
  } as unknown as Ports;
  const found: Round[] = [];
  for (; minutes < Number(rounds); minutes++) {
    Object.assign(counts, { reads: 0, writes: 0, requests: 0, sent: 0, sends: 0 });
    warnings.clear();
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    await tick(clock.now(), ports);
    for (const [index, { body }] of shards.entries())
      await sweep([{ id: String(index), body, receiveCount: 1 }], ports, new AbortController().signal);
    const { user, system: kernel } = process.cpuUsage(cpu);
    const seconds = (performance.now() - start) / 1000;
    for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    found.push({
      ...{ seconds, cpuSeconds: (user + kernel) / 1e6, heap: (heapUsed + external) / 1e6, rss: rss / 1e6 },
      ...{ shards: shards.length, ...counts, warnings: [...warnings].slice(0, 5) },
    });
  }
  return found;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

await main();
