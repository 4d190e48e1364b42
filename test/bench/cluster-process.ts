import { type EmbeddedCluster, openCluster } from '../../infra/local/cluster/open.ts';
import { connect } from '../control-plane/api.ts';
import { fillCluster } from './cluster-objects.ts';

// Run in a process of its own with --expose-gc: `empty <clusters>`, `filled`, or `serve` until its input ends.

/** Longer than the controllers take for objects without pods. */
const SETTLED_MS = 1_000;

const [what = '', count = '1'] = process.argv.slice(2);

/** What the process holds after a collection, in MB. */
function held(): { readonly rss: number; readonly heap: number } {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / 1e6, heap: (heapUsed + external) / 1e6 };
}

async function growth(make: () => Promise<EmbeddedCluster>, count: number): Promise<object> {
  // The first one loads, compiles and remembers what all share.
  const clusters = [await make()];
  const before = held();
  for (let index = 0; index < count; index++) clusters.push(await make());
  const after = held();
  for (const cluster of clusters) await cluster.close();
  return { rss: after.rss - before.rss, heap: after.heap - before.heap };
}

async function filled(): Promise<EmbeddedCluster> {
  const cluster = await openCluster();
  const { url: server, ca, token } = cluster;
  const api = connect({ server, ca, token });
  await fillCluster(api);
  api.close();
  // What controllers add to them belongs to it.
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  return cluster;
}

async function serve(): Promise<void> {
  const cluster = await openCluster();
  const { url: server, ca, token } = cluster;
  console.log(JSON.stringify({ server, ca, token }));
  for await (const _ of process.stdin);
  await cluster.close();
}

async function main(): Promise<void> {
  if (what === 'serve') return serve();
  const result = await (what === 'empty' ? growth(() => openCluster(), Number(count)) : growth(filled, 1));
  console.log(JSON.stringify(result));
}

await main();
