import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bundleAll } from '../../../infra/build.ts';
import { createS3Store } from '../../../shared/adapters/aws/s3-store.ts';
import { createAwsSecrets } from '../../../shared/adapters/aws/secrets.ts';
import { queueUrl } from '../../../shared/adapters/aws/sqs-queues.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { QUEUES } from '../../../shared/core/messages.ts';
import { isFifo } from '../../../shared/core/queue-rules.ts';
import type { ObjectStore, Secrets } from '../../../shared/ports.ts';
import { QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';
import { startMoto } from '../../servers/moto.ts';
import { type Front, startFront } from './front.ts';
import { type Lambda, startLambda } from './lambda.ts';
import { deliver, type MappingOptions, type Round } from './mapping.ts';

/** The functions of the story; the queues' readers are among them. */
const NAMES = [
  'receive',
  'arrivals',
  'later',
  'tick',
  'sweep',
  'source',
  'apply',
  'render',
  'artifact',
] as const;
type Name = (typeof NAMES)[number];
const READERS = ['arrivals', 'later', 'sweep', 'source', 'apply'] as const;
const PREFIX = 'sluice-prod-';
const ACCOUNT = '123456789012';
const POLL_MS = 25;

/** A deployment: what the stack makes, and the built functions as Lambda runs them. */
export interface Deployed {
  readonly lambdas: Readonly<Record<Name, Lambda>>;
  readonly store: ObjectStore;
  readonly secrets: Secrets;
  readonly sqs: SQSClient;
  readonly queueUrl: (queue: (typeof QUEUES)[number]) => string;
  readonly front: Front;
  /** Invocations by queues so far. */
  readonly rounds: Round[];
  /** Begins to hand messages to the functions. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** Builds the bundles, makes on moto what the stack would make, and starts a process a function. */
export async function deploy(deployment: string): Promise<Deployed> {
  // Within the project, where kustomize's package is found.
  const dist = join(import.meta.dirname, '../../../dist');
  mkdirSync(dist, { recursive: true });
  const directory = mkdtempSync(join(dist, 'test-'));
  const bundles = await bundleAll(directory);
  const moto = await startMoto();
  const access = moto.access;
  const running: Lambda[] = [];
  const front = await startFront(access.endpoint, () => running);
  const sqs = new SQSClient(access);
  const base = await createQueues(sqs);
  const environment = {
    ...(await createStack(access)),
    AWS_REGION: access.region,
    AWS_ENDPOINT_URL: front.endpoint,
    AWS_ACCESS_KEY_ID: access.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: access.credentials.secretAccessKey,
    SLUICE_ACCOUNT: ACCOUNT,
    SLUICE_DEPLOYMENT: deployment,
    SLUICE_QUEUES: base,
    SLUICE_SECRETS: '/sluice/prod/',
    SLUICE_RENDER: `${PREFIX}render`,
    SLUICE_ARTIFACTS: 'https://artifacts.test',
  };
  const started = await Promise.all(
    NAMES.map(async (name) => {
      const file = bundles.find((bundle) => bundle.name === name)?.file ?? '';
      return startLambda(name, file, QUEUE_TABLE[name].timeout, environment);
    }),
  );
  running.push(...started);
  const over = new AbortController();
  const rounds: Round[] = [];
  let pumps: readonly Promise<void>[] = [];
  const lambdas = Object.fromEntries(started.map((one) => [one.name, one])) as Record<Name, Lambda>;
  return {
    lambdas,
    store: createS3Store({ access, bucket: 'state', clock: systemClock, chance: systemChance }),
    secrets: createAwsSecrets({ access, prefix: '/sluice/prod/' }),
    sqs,
    queueUrl: (queue) => queueUrl(base, queue),
    front,
    rounds,
    start: () => {
      pumps = READERS.map((name) => {
        const { name: queue, batch, visibility } = QUEUE_TABLE[name].queue;
        const url = queueUrl(base, queue);
        return pump({ client: sqs, url, lambda: lambdas[name], batch, visibility }, rounds, over.signal);
      });
    },
    stop: async () => {
      over.abort();
      await Promise.allSettled(pumps);
      for (const { stop } of running) stop();
      front.stop();
      sqs.destroy();
      await moto.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function pump(mapping: MappingOptions, rounds: Round[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const round = await deliver(mapping).catch((error: unknown) => {
      if (over.aborted) return undefined;
      throw error;
    });
    if (round) rounds.push(round);
    else await systemClock.sleep(POLL_MS, over).catch(() => undefined);
  }
}

/** Their URLs' beginning. */
async function createQueues(client: SQSClient): Promise<string> {
  const made = await Promise.all(
    QUEUES.map((queue) => {
      const Attributes = {
        FifoQueue: 'true',
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
      };
      const QueueName = queueUrl(PREFIX, queue);
      return client.send(new CreateQueueCommand({ QueueName, ...(isFifo(queue) && { Attributes }) }));
    }),
  );
  return made[0]?.QueueUrl?.replace(/arrivals$/, '') ?? '';
}

async function createStack(
  access: Awaited<ReturnType<typeof startMoto>>['access'],
): Promise<Readonly<Record<string, string>>> {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const kms = new KMSClient(access);
  const secrets = new SecretsManagerClient(access);
  const location = { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'state', ...location }));
  await s3.send(new CreateBucketCommand({ Bucket: 'index', ...location }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const secret = { Name: 'key', SecretString: 'k'.repeat(64) };
  const { ARN = '' } = await secrets.send(new CreateSecretCommand(secret));
  for (const client of [s3, kms, secrets]) client.destroy();
  return {
    SLUICE_BUCKET: 'state',
    SLUICE_INDEX_BUCKET: 'index',
    SLUICE_HOOK_KEY: KeyMetadata?.Arn ?? '',
    SLUICE_KEY_SECRET: ARN,
  };
}
