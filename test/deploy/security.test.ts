import { describe, expect, test } from 'vitest';
import { functionNames, idOf, type Json, listOf, ofType, properties, template, told } from './packaged.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: unknown;
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** What a function may do: `s3:GetObject IndexBucket.Arn/hooks/*` and the like. */
function rightsOf(name: string): readonly string[] {
  const { Policies } = properties(idOf(name, 'Role')) as unknown as {
    readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      listOf(Action).flatMap((action) => listOf(Resource).map((resource) => `${action} ${told(resource)}`)),
    )
    .filter((right) => !right.startsWith('logs:'))
    .toSorted();
}

function statementsOf({ PolicyDocument }: Json): readonly Statement[] {
  return (PolicyDocument as unknown as { readonly Statement: readonly Statement[] }).Statement;
}

describe('what a function may do', () => {
  test('receive reads the webhook index, unwraps its key and sends to arrivals', () => {
    expect(rightsOf('receive')).toEqual([
      'kms:Decrypt HookKey.Arn',
      's3:GetObject IndexBucket.Arn/deployment.json',
      's3:GetObject IndexBucket.Arn/hooks/*',
      's3:GetObject IndexBucket.Arn/keys/*',
      's3:ListBucket IndexBucket.Arn',
      'sqs:SendMessage ArrivalsQueue.Arn',
    ]);
  });

  test.each(['render', 'probe'])('%s may write its log', (name) => {
    expect(rightsOf(name)).toEqual([]);
  });

  test('render knows no more than every function', () => {
    expect(properties('RenderLambdaFunction')).toMatchObject({
      Environment: { Variables: { SLUICE_DEPLOYMENT: expect.anything() } },
    });
  });

  test.each(functionNames)(
    '%s has no wildcard but for keys below a prefix, and logs to its own group only',
    (name) => {
      for (const right of rightsOf(name)) {
        const [action, resource = ''] = right.split(' ');
        expect(action).not.toContain('*');
        expect(resource).toMatch(
          /^(?:\w+(?:\.Arn)?(?:\/[a-z]+\/\*|\/deployment\.json)?|arn:.*\/sluice\/prod\/cluster-\*|arn:.*:iam::\*:role\/sluice-\*)$/,
        );
      }
      expect(JSON.stringify(properties(idOf(name, 'Role')))).toContain(
        JSON.stringify({
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: { 'Fn::GetAtt': [idOf(name, 'LogGroup'), 'Arn'] },
        }),
      );
    },
  );

  const holders = (right: RegExp): readonly string[] =>
    functionNames.filter((name) => rightsOf(name).some((one) => right.test(one))).toSorted();

  test.each([
    ['the key of the webhook index', /^kms:/, ['receive', 'source']],
    ["clusters' credentials", /^ssm:/, ['apply', 'arrivals', 'source', 'sweep']],
    ["the deployment's key", /DeploymentKey/, ['apply', 'artifact', 'source']],
    ['render', /^lambda:/, ['apply']],
    [
      'the webhook index for writing',
      /^s3:(?:Put|Delete)Object IndexBucket\.Arn\/(?!probes)[a-z]+\//,
      ['source'],
    ],
    ['whose the buckets are for writing', /^s3:(?:Put|Delete)Object .*deployment.json/, ['tick']],
    ['stored artifacts for writing', /^s3:(?:Put|Delete)Object StateBucket.Arn\/blobs/, ['blobs', 'source']],
    ["clusters' records for writing", /^s3:(?:Put|Delete)Object StateBucket.Arn\/clusters/, []],
    ["clusters' roles", /^sts:AssumeRole/, ['apply', 'arrivals', 'source', 'sweep']],
    ['another role', /^sts:(?!AssumeRole)/, []],
    ['the rights of others', /^iam:/, []],
  ])('%s is for those who need it', (_, right, who) => {
    expect(holders(right)).toEqual(who);
  });

  test.each(functionNames)('%s may read only the queue that wakes it', (name) => {
    const woken = ofType('AWS::Lambda::EventSourceMapping').flatMap(([, { Properties }]) =>
      told(Properties.FunctionName) === `${idOf(name, 'LambdaFunction')}.Arn`
        ? told(Properties.EventSourceArn)
        : [],
    );
    const read = rightsOf(name).flatMap((right) => /^sqs:ReceiveMessage (.*)/.exec(right)?.[1] ?? []);
    expect(read).toEqual(woken);
  });
});

describe('at rest and on the way', () => {
  const buckets = ofType('AWS::S3::Bucket').map(([id]) => id);
  const queues = ofType('AWS::SQS::Queue').map(([id]) => id);

  test.each(buckets)('bucket %s is encrypted and closed to the public', (id) => {
    expect(JSON.stringify(properties(id).BucketEncryption)).toContain('"SSEAlgorithm":"AES256"');
    if (id === 'ServerlessDeploymentBucket') return;
    expect(Object.values(properties(id).PublicAccessBlockConfiguration ?? {})).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test.each(buckets)('bucket %s is reached by TLS only', (id) => {
    const policies = ofType('AWS::S3::BucketPolicy').filter(
      ([, { Properties }]) => told(Properties.Bucket) === id,
    );
    expect(
      policies.flatMap(([, { Properties }]) => statementsOf(Properties as unknown as Json)),
    ).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Condition: {
          Bool: { 'aws:SecureTransport': expect.toSatisfy((value) => String(value) === 'false') },
        },
      }),
    );
  });

  test.each(queues)('%s is encrypted and reached by TLS only', (id) => {
    expect(properties(id).SqsManagedSseEnabled).toBe(true);
    const policies = ofType('AWS::SQS::QueuePolicy').filter(([, { Properties }]) =>
      listOf(Properties.Queues).map(told).includes(id),
    );
    expect(policies).toHaveLength(1);
    expect(
      policies.flatMap(([, { Properties }]) => statementsOf(Properties as unknown as Json)),
    ).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  test('what cannot be made again stays when the stack goes', () => {
    const kept = ['StateBucket', 'IndexBucket', 'HookKey', 'DeploymentKey'];
    for (const id of kept)
      expect(template.Resources[id]).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      });
  });

  test('trees that were handed over go after a day', () => {
    expect(JSON.stringify(properties('StateBucket').LifecycleConfiguration)).toContain(
      '"Prefix":"trees/","ExpirationInDays":1',
    );
  });
});
