import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BenchRow } from './row.ts';
import type { Round } from './sweep-process.ts';

const CLUSTERS = 1000;
const OBJECTS = 20;
/** The first opens all connections, the others find them open. */
const ROUNDS = 5;
const DEPLOYMENT = 'bench';

/** P5: one sweep of 1000 clusters of 20 objects of which nothing is due; clusters and sweeps are processes of their own. */
export async function run(): Promise<BenchRow[]> {
  const rounds = await sweepFleet(CLUSTERS, OBJECTS, ROUNDS);
  const [first, second] = rounds;
  const last = rounds.at(-1);
  if (first === undefined || second === undefined || last === undefined) throw new Error('nothing was swept');
  const odd = rounds.flatMap(({ warnings, sent }) =>
    sent > 0 ? [`${sent} messages`, ...warnings] : warnings,
  );
  if (odd.length > 0) throw new Error(`something was due: ${odd.join(', ')}`);
  const id = 'P5';
  const what = `sweep of ${CLUSTERS} clusters x ${OBJECTS} objects`;
  const least = (of: (round: Round) => number) => Math.min(...rounds.slice(1).map(of));
  const note = `${last.requests} requests, ${last.shards} shards one after the other; target 30 s on one core`;
  const held = `${last.heap.toFixed(0)} MB of objects, ${last.rss.toFixed(0)} MB resident, with connections to all`;
  return [
    { id, what, ours: least(({ seconds }) => seconds), unit: 's', note },
    { id, what: `${what}, CPU`, ours: least(({ cpuSeconds }) => cpuSeconds), unit: 's' },
    {
      id,
      what: `${what}, first, CPU`,
      ours: first.cpuSeconds,
      unit: 's',
      note: 'every connection and every discovery is new',
    },
    {
      id,
      what: `memory after ${ROUNDS} sweeps over that after 2`,
      ours: last.heap - second.heap,
      unit: 'MB',
      note: held,
    },
    { id, what: 'writes a shard', ours: last.writes / last.shards, unit: 'writes' },
  ];
}

/** Sweeps a fleet of embedded clusters whose objects have that interval, in two processes. */
export async function sweepFleet(
  clusters: number,
  objects: number,
  rounds: number,
  interval = '90000h',
): Promise<readonly Round[]> {
  const servers = spawn(
    process.execPath,
    [
      ...['--max-old-space-size=6000', join(import.meta.dirname, 'sweep-servers.ts')],
      ...[String(clusters), String(objects), DEPLOYMENT, interval],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  try {
    const fleet = (await once(createInterface({ input: servers.stdout }), 'line'))[0] as string;
    const sweeping = spawn(
      process.execPath,
      [...['--expose-gc', join(import.meta.dirname, 'sweep-process.ts')], ...[DEPLOYMENT, String(rounds)]],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    sweeping.stdin.end(fleet);
    return JSON.parse((await once(createInterface({ input: sweeping.stdout }), 'line'))[0] as string);
  } finally {
    servers.kill();
  }
}
