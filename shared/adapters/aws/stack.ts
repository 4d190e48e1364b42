import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** The outputs of infra/resources.yml that whoever works on a deployment needs. */
export const STACK_OUTPUTS = [
  'DeploymentId',
  'HookKeyArn',
  'IndexBucketName',
  'ProbeFunction',
  'QueueUrls',
  'SecretsPrefix',
  'StateBucketName',
  'Webhook',
] as const;

/** What a deployed stack says of itself. */
export interface Stack {
  /** The account that it is in. */
  readonly account: string;
  readonly outputs: Readonly<Record<(typeof STACK_OUTPUTS)[number], string>>;
}

/** Reads the stack called `name`, as the SDK finds credentials. Faults: `not-found`, `unauthorized`, `forbidden`, `unsupported` when its outputs are not all there, and those of the way. */
export async function readStack(access: AwsAccess, name: string): Promise<Stack> {
  const client = new CloudFormationClient(clientSettings(access));
  try {
    const command = new DescribeStacksCommand({ StackName: name });
    const { Stacks } = await asFaults(`read stack ${name}`, () => client.send(command));
    const { StackId = '', StackStatus = 'unknown', Outputs = [] } = Stacks?.[0] ?? {};
    const said = new Map(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
    const missing = STACK_OUTPUTS.filter((output) => !said.get(output));
    if (missing.length > 0) throw incomplete(name, StackStatus, missing);
    const pairs = STACK_OUTPUTS.map((output) => [output, said.get(output)]);
    return { account: StackId.split(':')[4] ?? '', outputs: Object.fromEntries(pairs) };
  } catch (error) {
    throw forPeople(error, name, access.region);
  } finally {
    client.destroy();
  }
}

function incomplete(name: string, status: string, missing: readonly string[]): Fault {
  const text = `stack ${name} (${status}) does not tell ${missing.join(', ')}: it is not Sluice's, not deployed to the end, or older than this command line; "npm run deploy" brings it up to date`;
  return new Fault('unsupported', text, { missing });
}

/** A person asks here, not a function with a role. */
function forPeople(error: unknown, name: string, region: string): unknown {
  if (!isFault(error)) return error;
  const said = error.cause === undefined ? '' : messageOf(error.cause);
  // CloudFormation has no error of its own for it.
  if (/does not exist/.test(said)) {
    const text = `there is no stack "${name}" in ${region} for these credentials; "npm run deploy" makes one, --stack and --region say which is meant`;
    return new Fault('not-found', text, { name, region }, error);
  }
  if (error.code === 'unauthorized') {
    const what =
      error.data.error === 'CredentialsProviderError'
        ? 'there are no AWS credentials'
        : 'AWS does not take your credentials';
    const text = `${what} (${said}); sign in, such as with "aws sso login", and set AWS_PROFILE`;
    return new Fault('unauthorized', text, error.data, error);
  }
  if (error.code !== 'forbidden') return error;
  return new Fault('forbidden', `you may not read stack ${name} (${said})`, error.data, error);
}
