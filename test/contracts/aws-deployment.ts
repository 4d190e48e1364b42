import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { queueUrl } from '../../shared/adapters/aws/sqs-queues.ts';
import { QUEUES } from '../../shared/core/messages.ts';
import type { AwsServer } from '../servers/aws-server.ts';

type Access = AwsServer['access'];
type Outputs = Readonly<Record<string, string>>;

/** A stack with these outputs, as `npm run deploy` leaves one. */
export async function createStack(access: Access, name: string, outputs: Outputs): Promise<void> {
  const client = new CloudFormationClient(access);
  const Outputs = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  const Resources = { Nothing: { Type: 'AWS::CloudFormation::WaitConditionHandle' } };
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await client.send(new CreateStackCommand({ StackName: name, TemplateBody }));
  client.destroy();
}

/** What infra/resources.yml makes, as far as a person works on it; returns the stack's outputs. */
export async function deployOnMoto(access: Access, name: string): Promise<Outputs> {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const kms = new KMSClient(access);
  const sqs = new SQSClient(access);
  const location = { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } } as const;
  for (const Bucket of [`${name}-state`, `${name}-index`])
    await s3.send(new CreateBucketCommand({ Bucket, ...location }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const names = [...QUEUES.map((queue) => queueUrl(`${name}-`, queue)), `${name}-dead-standard`];
  const urls = [];
  for (const QueueName of names) {
    const Attributes = {
      FifoQueue: 'true',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    };
    const command = new CreateQueueCommand({
      QueueName,
      ...(QueueName.endsWith('.fifo') && { Attributes }),
    });
    urls.push((await sqs.send(command)).QueueUrl ?? '');
  }
  for (const client of [s3, kms, sqs]) client.destroy();
  const outputs = {
    Webhook: 'https://hooks.test',
    StateBucketName: `${name}-state`,
    IndexBucketName: `${name}-index`,
    HookKeyArn: KeyMetadata?.Arn ?? '',
    QueueUrls: (urls.find((url) => url.endsWith('-arrivals')) ?? '').replace(/arrivals$/, ''),
    DeploymentId: `id-of-${name}`,
    ProbeFunction: `${name}-probe`,
    SecretsPrefix: `/${name}/`,
  };
  await createStack(access, name, outputs);
  return outputs;
}

/** The default chain of credentials finds those of the server until the function that is returned is called. */
export function signIn({ credentials }: Access): () => void {
  return withVariables({
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
}

/** Sets variables of this process, undefined takes one away; what is returned puts them back. */
export function withVariables(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  assign(Object.entries(variables));
  return () => assign(before);
}

function assign(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
