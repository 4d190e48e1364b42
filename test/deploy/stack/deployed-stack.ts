import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { readTemplate } from '../../../infra/deploy/template.ts';
import { serveHooks } from '../../../shared/adapters/local/hook-server.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import type { HttpResult } from '../../../shared/core/http-event.ts';
import { QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';
import { type Front, startFront } from '../../flow/bundles/front.ts';
import { type Lambda, startLambda } from '../../flow/bundles/lambda.ts';
import { deliver, type Round } from '../../flow/bundles/mapping.ts';
import { type Moto, startMoto } from '../../servers/moto.ts';
import { deployedFunction, deployTemplate } from '../../servers/stack-on-moto.ts';

/** The stack's name, as `npm run deploy` gives it. */
export const STACK = 'sluice-prod';
const READERS = ['arrivals', 'later', 'sweep', 'source', 'apply'] as const;
const NAMES = [...READERS, 'receive', 'tick', 'render', 'artifact', 'probe', 'blobs'] as const;
const FUNCTIONS = join(import.meta.dirname, '../../../dist/functions');
/** Seconds; what is not in the table of queues is not read from one. */
const OTHER_TIMEOUT = 15;
const POLL_MS = 25;

export type FunctionName = (typeof NAMES)[number];

/** The packaged template on moto, its functions with the environment that it gives them, and the HTTP API in front. */
export interface DeployedStack {
  readonly moto: Moto;
  readonly front: Front;
  readonly lambdas: Readonly<Record<FunctionName, Lambda>>;
  /** Names of the functions' roles. */
  readonly roles: Readonly<Record<FunctionName, string>>;
  /** Invocations by queues so far. */
  readonly rounds: readonly Round[];
  readonly sqs: SQSClient;
  /** Begins to hand messages to the functions. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Deploys what is packaged in `directory`; each function signs with its own name, by which its calls are known. */
export async function deployStack(directory: string): Promise<DeployedStack> {
  const moto = await startMoto();
  const running: Lambda[] = [];
  const front = await startFront(moto.access.endpoint, () => running);
  const api = await serveHooks({
    handle: (event) => lambdaOf('receive').invoke(event) as Promise<HttpResult>,
    ...{ host: '127.0.0.1', port: 0, log: createCollectingLog() },
  });
  await deployTemplate(moto.access, STACK, readTemplate(directory) as never, api.url);
  const started = await Promise.all(NAMES.map((name) => startFunction(name, moto, front.endpoint)));
  running.push(...started.map(({ lambda }) => lambda));
  const lambdaOf = (name: string) => running.find((one) => one.name === name) as Lambda;
  const sqs = new SQSClient(moto.access);
  const over = new AbortController();
  const rounds: Round[] = [];
  let pumps: readonly Promise<void>[] = [];
  return {
    ...{ moto, front, rounds, sqs },
    lambdas: Object.fromEntries(running.map((one) => [one.name, one])) as DeployedStack['lambdas'],
    roles: Object.fromEntries(
      started.map(({ lambda, role }) => [lambda.name, role]),
    ) as DeployedStack['roles'],
    start: () => {
      pumps = READERS.map((name) => pump(name, lambdaOf(name), sqs, rounds, over.signal));
    },
    stop: async () => {
      over.abort();
      await Promise.allSettled(pumps);
      for (const { stop } of running) stop();
      await api.close();
      front.stop();
      sqs.destroy();
      await moto.stop();
    },
  };
}

/** Starts a process of a deployed function. */
export async function startFunction(name: FunctionName, { access }: Moto, endpoint: string) {
  const { environment, role } = await deployedFunction(access, `${STACK}-${name}`);
  const timeout = name in QUEUE_TABLE ? QUEUE_TABLE[name as 'apply'].timeout : OTHER_TIMEOUT;
  const lambda = await startLambda(name, join(FUNCTIONS, name, 'index.mjs'), timeout, {
    ...environment,
    AWS_REGION: access.region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: access.credentials.secretAccessKey,
  });
  return { lambda, role };
}

async function pump(
  name: (typeof READERS)[number],
  lambda: Lambda,
  client: SQSClient,
  rounds: Round[],
  over: AbortSignal,
): Promise<void> {
  const { name: queue, batch, visibility } = QUEUE_TABLE[name].queue;
  const fifo = name === 'arrivals' || name === 'later' ? '' : '.fifo';
  const url = `https://sqs.eu-central-1.amazonaws.com/123456789012/${STACK}-${queue}${fifo}`;
  while (!over.aborted) {
    const round = await deliver({ client, url, lambda, batch, visibility }).catch((error: unknown) => {
      if (over.aborted) return undefined;
      throw error;
    });
    if (round) rounds.push(round);
    else await systemClock.sleep(POLL_MS, over).catch(() => undefined);
  }
}
