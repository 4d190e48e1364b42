import type { IncomingMessage } from 'node:http';

/** A call of AWS by a function: what it needs to be allowed to do, and to what. */
export interface AwsCall {
  /** The access key that it was signed with. */
  readonly key: string;
  readonly action: string;
  /** ARN. */
  readonly resource: string;
}

const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';

/** What a request to AWS does, in IAM's terms (https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html); `status` is that of the answer. */
export function callsOf(request: IncomingMessage, body: string, status: number): readonly AwsCall[] {
  const { headers, url = '' } = request;
  const signed = headers.authorization ?? decodeURIComponent(url);
  const [, key = '', service = ''] =
    /Credential=([^/]+)\/[^/]+\/[^/]+\/([a-z0-9]+)\/aws4_request/.exec(signed) ?? [];
  const rights = rightsOf(service, request, body, status);
  return rights.map(([action, resource]) => ({ key, action, resource }));
}

type Right = readonly [action: string, resource: string];

function rightsOf(service: string, request: IncomingMessage, body: string, status: number): readonly Right[] {
  const target = String(request.headers['x-amz-target'] ?? '').replace(/.*\./, '');
  switch (service) {
    case 's3':
      return s3Rights(request, status);
    case 'sqs': {
      const queue = String(JSON.parse(body).QueueUrl).replace(/.*\//, '');
      return [[`sqs:${target.replace(/Batch$/, '')}`, arn('sqs', queue)]];
    }
    case 'ssm': {
      const { Names, Name } = JSON.parse(body) as {
        readonly Names?: readonly string[];
        readonly Name?: string;
      };
      return (Names ?? [Name]).map((name) => [`ssm:${target}`, arn('ssm', `parameter${name}`)]);
    }
    case 'secretsmanager': {
      const id = String(JSON.parse(body).SecretId);
      return [
        [`secretsmanager:${target}`, id.startsWith('arn:') ? id : arn('secretsmanager', `secret:${id}`)],
      ];
    }
    case 'kms':
      return [[`kms:${target}`, String(JSON.parse(body).KeyId)]];
    case 'lambda': {
      const name = /\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1];
      return [['lambda:InvokeFunction', arn('lambda', `function:${name}`)]];
    }
    case 'sts': {
      const form = new URLSearchParams(body);
      return [[`sts:${form.get('Action')}`, form.get('RoleArn') ?? '']];
    }
    default:
      return [[`${service}:${target || request.method}`, request.url ?? '']];
  }
}

function s3Rights({ method = '', url = '/', headers }: IncomingMessage, status: number): readonly Right[] {
  const { pathname, searchParams } = new URL(url, 'http://aws.test');
  const [, bucket = '', ...parts] = decodeURIComponent(pathname).split('/');
  const list: Right = ['s3:ListBucket', `arn:aws:s3:::${bucket}`];
  const key = parts.join('/');
  if (key === '') return [list];
  const at = `arn:aws:s3:::${bucket}/${key}`;
  // Without the right to list, an object that is not there is a 403.
  if (method === 'GET' || method === 'HEAD')
    return status === 404 ? [['s3:GetObject', at], list] : [['s3:GetObject', at]];
  if (method === 'DELETE' && searchParams.has('uploadId')) return [['s3:AbortMultipartUpload', at]];
  const own: Right = [method === 'DELETE' ? 's3:DeleteObject' : 's3:PutObject', at];
  // A write on a condition looks at what is there.
  return headers['if-match'] === undefined ? [own] : [own, ['s3:GetObject', at]];
}

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
}

/** A statement of a role. */
export interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

/** Whether statements allow a call. */
export function allows(
  statements: readonly Statement[],
  { action, resource }: Omit<AwsCall, 'key'>,
): boolean {
  return statements.some(
    ({ Action = [], Resource = [] }) =>
      [Action].flat().includes(action) && [Resource].flat().some((one) => pattern(one).test(resource)),
  );
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\*', '.*')}$`);
}
