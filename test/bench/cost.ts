import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Calls, type Counted, countCalls } from './cost-counts.ts';
import { LOG_INVOCATION_BYTES, LOG_LINE_BYTES, MEMORY_OF_A_CPU, PRICES, PRICES_OF } from './prices.ts';
import type { BenchRow } from './row.ts';
import { sweepFleet } from './sweep.ts';
import type { Round } from './sweep-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLUSTERS = 100;
/** Half sources, half what applies them; each every ten minutes. */
const OBJECTS = 50;
const RUNS_AN_HOUR = 6;
const HOURS = 730;
const MINUTES = HOURS * 60;
const PUSHES = 3000;
/** AWS says up to ten messages, of several groups; those of one minute come at about the same time. */
const BATCH = 5;
/** How long one call after the other takes, of an API server, S3 or a Git host, in ms. */
const ROUND_TRIP = 10;
/** Calls one after the other in a no-op batch or a sweep: connection, facts, lists, store. */
const IN_SEQUENCE = { source: 8, apply: 10, sweep: 12 } as const;
/** Processes of each function that are warm at a time, and read each cluster's credentials once an hour. */
const WARM = { source: 10, apply: 10, sweep: 4 } as const;
/** Lambda asks an idle queue with five pollers, each for 20 s. */
const IDLE_POLLS = 5 * 3 * MINUTES;
/** Receive and delete; the lease of a batch that is done within 2 s is left alone. */
const REQUESTS_A_BATCH = 2;
/** GB of artifacts, baselines and records. */
const STORED_GB = 5;
/** Kinds whose runs and states are metrics of their own, each two; and the webhook server's. */
const METRICS = 4 * 2 + 1;

/** A line of the bill. */
export interface Item {
  readonly what: string;
  readonly dollars: number;
  /** How it came about. */
  readonly how: string;
}

/** P9: what a fleet of 100 clusters with 50 objects each costs a month, from calls that were counted in real runs. */
export async function run(): Promise<BenchRow[]> {
  const rounds = await sweepFleet(CLUSTERS, OBJECTS, 4, '10m');
  const counted = await countCalls(BATCH);
  const items = bill(counted, rounds.slice(1), BATCH);
  const sum = (all: readonly Item[]) => all.reduce((total, { dollars }) => total + dollars, 0);
  const [full, single] = [10, 1].map((batch) => sum(bill(counted, rounds.slice(1), batch)).toFixed(0));
  const all = `${PRICES_OF.region}, list prices of ${PRICES_OF.date}; $${full} with batches of 10, $${single} without batches; target $60`;
  return [
    ...items.map(({ what, dollars, how }) => ({ id: 'P9', what, ours: dollars, unit: '$', note: how })),
    {
      id: 'P9',
      what: `${CLUSTERS} clusters x ${OBJECTS} objects every 10 min, a month`,
      ours: sum(items),
      unit: '$',
      note: all,
    },
  ];
}

interface Memory {
  readonly sweep: number;
  readonly source: number;
  readonly apply: number;
  readonly tick: number;
}

/** The bill for a month in which nothing changes but `PUSHES` times. */
export function bill(
  counted: Counted,
  rounds: readonly Round[],
  batch: number,
  memory = memoryOf(),
): readonly Item[] {
  const runs = (CLUSTERS * OBJECTS * RUNS_AN_HOUR * HOURS) / 2;
  const batches = runs / batch;
  const sweep = mean(rounds);
  const { source, apply, push } = counted;
  const lambda = (name: keyof Memory, count: number, cpuSeconds: number, calls: number): Item => {
    const seconds = (cpuSeconds * MEMORY_OF_A_CPU) / memory[name] + (calls * ROUND_TRIP) / 1000;
    const gbSeconds = (count * seconds * memory[name]) / 1024;
    return item(`Lambda ${name}`, [
      [count, PRICES.lambdaRequest, 'invocations'],
      [gbSeconds, PRICES.lambdaGbSecond, `GB-s (${(seconds * 1000).toFixed(0)} ms at ${memory[name]} MB)`],
    ]);
  };
  const shards = sweep.shards * MINUTES;
  const invocations = 2 * batches + shards + MINUTES;
  const logBytes =
    runs * (source.logBytes + apply.logBytes) +
    invocations * LOG_INVOCATION_BYTES +
    shards * 2 * (400 + LOG_LINE_BYTES);
  const secrets = (WARM.source + WARM.apply + WARM.sweep) * CLUSTERS * HOURS;
  const alarms = readFileSync(join(ROOT, 'infra/resources.yml'), 'utf8').match(
    /Type: AWS::CloudWatch::Alarm/g,
  );
  return [
    lambda('source', batches, source.cpuSeconds * batch, IN_SEQUENCE.source),
    lambda('apply', batches, apply.cpuSeconds * batch, IN_SEQUENCE.apply),
    lambda('sweep', shards, sweep.cpuSeconds / sweep.shards, IN_SEQUENCE.sweep),
    lambda('tick', MINUTES, 0.02, 2 + CLUSTERS / 16),
    item('SQS: sweep to workers', [
      [sweep.requests * MINUTES, PRICES.sqsFifoRequest, 'sends'],
      [2 * batches * REQUESTS_A_BATCH, PRICES.sqsFifoRequest, `receives and deletes of batches of ${batch}`],
    ]),
    item('SQS: clock to sweep', [[shards * (REQUESTS_A_BATCH + 1), PRICES.sqsFifoRequest, 'requests']]),
    item('SQS: idle queues', [
      [3 * IDLE_POLLS, PRICES.sqsFifoRequest, 'receives of 3 FIFO queues'],
      [2 * IDLE_POLLS, PRICES.sqsStandardRequest, 'of 2 standard ones'],
    ]),
    item('S3: runs', [
      [
        runs * (source.gets + apply.gets),
        PRICES.s3Get,
        `GETs (${source.gets} a source, ${apply.gets} a Kustomization)`,
      ],
      [2 * runs, PRICES.s3Get, 'GETs of records, one a message'],
      [runs * (source.puts + apply.puts + source.lists + apply.lists), PRICES.s3Put, 'PUTs and LISTs'],
    ]),
    item('S3: clock and sweep', [
      [sweep.reads * MINUTES, PRICES.s3Get, 'GETs'],
      [(sweep.writes + 1) * MINUTES, PRICES.s3Put, 'PUTs and LISTs'],
    ]),
    item('S3: storage', [[STORED_GB, PRICES.s3GbMonth, 'GB']]),
    pushes(push, memory.apply),
    item('Scheduler', [[MINUTES, PRICES.schedulerInvocation, 'ticks']]),
    item('CloudWatch: logs', [
      [logBytes / 1e9, PRICES.logGb, 'GB taken in'],
      [logBytes / 1e9, PRICES.logGbMonth, 'GB kept for 30 days'],
    ]),
    item('CloudWatch: metrics', [[METRICS, PRICES.metricMonth, 'metrics']]),
    item('CloudWatch: alarms', [[alarms?.length ?? 0, PRICES.alarmMonth, 'alarms']]),
    item('Credentials', [
      [
        secrets,
        PRICES.kmsRequest,
        `decryptions (${WARM.source + WARM.apply + WARM.sweep} processes, once an hour)`,
      ],
      [1, PRICES.kmsKeyMonth, 'KMS key'],
      [1, PRICES.secretMonth, 'secret'],
    ]),
  ];
}

/** A push all the way, with every message a batch of its own and every call after the other. */
function pushes(push: Calls, memory: number): Item {
  const messages = Object.values(push.sent).reduce((sum, count) => sum + count, 0);
  const calls = push.gets + push.puts + push.lists + push.apiRequests;
  const seconds = (push.cpuSeconds * MEMORY_OF_A_CPU) / memory + (calls * ROUND_TRIP) / 1000;
  return item(`${PUSHES} pushes`, [
    [PUSHES * (messages + 1), PRICES.lambdaRequest, 'invocations'],
    [(PUSHES * seconds * memory) / 1024, PRICES.lambdaGbSecond, 'GB-s'],
    [PUSHES * messages * (REQUESTS_A_BATCH + 1), PRICES.sqsFifoRequest, 'queue requests'],
    [PUSHES * push.gets, PRICES.s3Get, 'GETs'],
    [PUSHES * (push.puts + push.lists), PRICES.s3Put, 'PUTs and LISTs'],
    [PUSHES, PRICES.httpApiRequest, 'deliveries'],
  ]);
}

function item(what: string, parts: readonly (readonly [count: number, price: number, unit: string])[]): Item {
  const dollars = parts.reduce((sum, [count, price]) => sum + count * price, 0);
  return { what, dollars, how: parts.map(([count, , unit]) => `${short(count)} ${unit}`).join(', ') };
}

function short(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  if (count >= 1e4) return `${(count / 1e3).toFixed(0)} k`;
  return String(Math.round(count * 10) / 10);
}

/** What one tick took on average. */
function mean(
  rounds: readonly Round[],
): Record<'shards' | 'reads' | 'writes' | 'requests' | 'cpuSeconds', number> {
  const of = (get: (round: Round) => number): number =>
    rounds.reduce((sum, round) => sum + get(round), 0) / rounds.length;
  return {
    ...{
      shards: of(({ shards }) => shards),
      reads: of(({ reads }) => reads),
      writes: of(({ writes }) => writes),
    },
    ...{ requests: of(({ sends }) => sends), cpuSeconds: of(({ cpuSeconds }) => cpuSeconds) },
  };
}

/** As serverless.yml has it, MB. */
function memoryOf(): Memory {
  const { functions } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'error',
    merge: true,
    customTags: [],
  }) as {
    readonly functions: Readonly<Record<keyof Memory, { readonly memorySize: number }>>;
  };
  const { sweep, source, apply, tick } = functions;
  return {
    ...{ sweep: sweep.memorySize, source: source.memorySize },
    ...{ apply: apply.memorySize, tick: tick.memorySize },
  };
}
