import { type Command, type Input, STATE_FLAG } from './command.ts';
import { usage } from './problems.ts';
import { openPresentState } from './state.ts';

/** `sluice bucket connect`. */
export const command: Command = {
  takes: ['NAME'],
  about: [
    'Have changes in an S3 bucket of yours acted on at once: S3 tells the queue "arrivals" of a deployment on AWS.',
    'Whom the bucket tells already stays; it shows what it will change and asks. Safe to run again.',
    'The bucket is in the account and the region of the deployment. Prints the Bucket object to write.',
  ],
  examples: [
    'sluice bucket connect acme-manifests --stack sluice-prod',
    'sluice bucket connect acme-manifests --prefix team-a/ --via eventbridge --stack sluice-prod',
    'sluice bucket connect acme-manifests --remove --stack sluice-prod',
  ],
  flags: {
    prefix: {
      type: 'string',
      value: 'PREFIX',
      help: 'of changes below it only (default: all of the bucket)',
    },
    via: {
      type: 'string',
      value: 'queue|eventbridge',
      help: 'straight to the queue, or beside other targets for $1 a million changes (default: queue)',
    },
    remove: { type: 'boolean', help: 'take back what an earlier run made for the same prefix' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
    stack: STATE_FLAG.stack,
    region: STATE_FLAG.region,
  },
  async run(input, world) {
    const [bucket = ''] = input.positionals;
    const via = viaOf(input);
    const state = await openPresentState(input, world);
    if (!state?.stack)
      throw usage(
        'S3 tells deployments on AWS only; give --stack (on a laptop a Bucket is read at its interval)',
      );
    const { connectBucket, disconnectBucket } = await import('./bucket/connect.ts');
    const prefix = input.text('prefix') ?? '';
    const connecting = { world, stack: state.stack, bucket, prefix, via, yes: input.on('yes') };
    if (input.on('remove')) return disconnectBucket(connecting);
    await connectBucket(connecting);
    world.out('Let a Bucket of a registered cluster read it:');
    for (const line of bucketLines(bucket, prefix, state.stack.access.region)) world.out(line);
  },
};

function viaOf(input: Input): 'queue' | 'eventbridge' {
  const via = input.text('via') ?? 'queue';
  if (via === 'queue' || via === 'eventbridge') return via;
  throw usage(`unknown way "${via}"; choose queue or eventbridge`);
}

function bucketLines(bucket: string, prefix: string, region: string): readonly string[] {
  return [
    '---',
    'apiVersion: source.toolkit.fluxcd.io/v1',
    'kind: Bucket',
    `metadata: {name: ${bucket.replaceAll('.', '-')}, namespace: flux-system}`,
    'spec:',
    '  provider: aws   # as the role of "sluice cluster add NAME --identity-role ARN", or with a secretRef',
    `  endpoint: s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
    `  region: ${region}`,
    `  bucketName: ${bucket}`,
    ...(prefix === '' ? [] : [`  prefix: ${JSON.stringify(prefix)}`]),
    '  interval: 1h   # changes come at once; this is for what nobody tells',
  ];
}
