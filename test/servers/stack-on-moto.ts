import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { AwsServer } from './aws-server.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}
type Access = AwsServer['access'];

/** What moto's CloudFormation cannot make, or what nothing here looks at. */
const LEFT_OUT =
  /^AWS::(?:ApiGatewayV2::.*|Scheduler::.*|SecretsManager::.*|Lambda::(?:LayerVersion|Permission|EventInvokeConfig|Version))$/;

/** Deploys the packaged template on moto, but for the HTTP API, whose URL is `webhook`; the minute's schedule is made by itself. */
export async function deployTemplate(
  access: Access,
  name: string,
  template: Template,
  webhook: string,
): Promise<void> {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const formation = new CloudFormationClient(access);
  const scheduler = new SchedulerClient(access);
  const location = { CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'templates', ...location }));
  const Body = JSON.stringify(
    reduced(template, { HttpApi: webhook, DeploymentKey: await makeSecret(access) }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'templates', Key: name, Body }));
  const TemplateURL = `https://s3.amazonaws.com/templates/${name}`;
  const Capabilities = ['CAPABILITY_IAM' as const];
  await formation.send(new CreateStackCommand({ StackName: name, TemplateURL, Capabilities }));
  await mendPolicies(access);
  const { Properties } = template.Resources.MinuteSchedule as Resource;
  const target = {
    Arn: 'arn:aws:lambda:eu-central-1:123456789012:function:tick',
    RoleArn: 'arn:aws:iam::123456789012:role/r',
  };
  await scheduler.send(
    new CreateScheduleCommand({
      Name: String(Properties.Name),
      ScheduleExpression: String(Properties.ScheduleExpression),
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: target,
    }),
  );
  for (const client of [s3, formation, scheduler]) client.destroy();
}

async function makeSecret(access: Access): Promise<string> {
  const client = new SecretsManagerClient(access);
  const secret = { Name: 'deployment-key', SecretString: 'k'.repeat(64) };
  const { ARN = '' } = await client.send(new CreateSecretCommand(secret));
  client.destroy();
  return ARN;
}

/** Roles' policies that came by a stack moto keeps as Python writes them; IAM as JSON. */
async function mendPolicies(access: Access): Promise<void> {
  const iam = new IAMClient(access);
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  for (const { RoleName } of Roles) {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      const document = decodeURIComponent(PolicyDocument).replaceAll("'", '"');
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
    }
  }
  iam.destroy();
}

/** The environment that the stack gave a function, and the role. */
export async function deployedFunction(
  access: Access,
  name: string,
): Promise<{ readonly environment: Readonly<Record<string, string>>; readonly role: string }> {
  const client = new LambdaClient(access);
  const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
  client.destroy();
  return { environment: found.Environment?.Variables ?? {}, role: (found.Role ?? '').replace(/.*\//, '') };
}

function reduced({ Resources, Outputs, ...rest }: Template, known: Known): object {
  const kept = Object.entries(Resources).filter(([, { Type }]) => !LEFT_OUT.test(Type));
  const names = new Set(kept.map(([id]) => id));
  const gone = new Set(Object.keys(Resources).filter((id) => !names.has(id)));
  const resources = kept.map(([id, resource]) => [id, settled(withCode(resource, gone), gone, known)]);
  const outputs = Object.entries(Outputs).filter(([id]) => !/Qualified|HttpApiId/.test(id));
  return {
    ...rest,
    Resources: Object.fromEntries(resources),
    Outputs: settled(Object.fromEntries(outputs), gone, known),
  };
}

/** The code runs elsewhere. */
function withCode({ Properties, DependsOn, ...resource }: Resource, gone: ReadonlySet<string>): object {
  const { Layers: _, ...properties } = Properties;
  const depends = [DependsOn ?? []].flat().filter((id) => !gone.has(id));
  const Code = { ZipFile: 'elsewhere' };
  return {
    ...resource,
    Properties: resource.Type === 'AWS::Lambda::Function' ? { ...properties, Code } : Properties,
    ...(depends.length > 0 && { DependsOn: depends }),
  };
}

/** What references to something that was left out are. */
type Known = Readonly<Record<string, string>>;

function settled(value: unknown, gone: ReadonlySet<string>, known: Known): unknown {
  if (Array.isArray(value)) return value.map((one) => settled(one, gone, known));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
  };
  const id = Ref ?? attribute?.[0] ?? '';
  if (gone.has(id)) return known[id] ?? 'elsewhere';
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, settled(one, gone, known)]));
}
