import { readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, inject, test } from 'vitest';
import { functionNames, idOf, type Json, ofType, properties, told } from './packaged.ts';

const ROOT = join(import.meta.dirname, '../..');
/** P6, bytes. */
const RECEIVE_BYTES = 850_000;
const OTHER_BYTES = 1_600_000;
/** Chains of messages that come back to them. */
const IN_A_LOOP = ['apply', 'arrivals', 'later', 'source'];
/** They open connections to clusters. */
const CLUSTER_FACING = ['apply', 'arrivals', 'probe', 'source', 'sweep'];
/** They reconcile objects. */
const WORKERS = ['source', 'apply'];
/** They look at no object. */
const LEAN = ['artifact', 'blobs', 'receive'];

interface Packaged {
  readonly package: { readonly artifact: string };
}

interface State {
  readonly package: { readonly artifactDirectoryName: string };
  readonly service: {
    readonly functions: Readonly<Record<string, Packaged>>;
    readonly initialServerlessConfig: { readonly layers: Readonly<Record<string, Packaged>> };
  };
}

const state = JSON.parse(readFileSync(join(inject('package'), 'serverless-state.json'), 'utf8')) as State;

describe.each(functionNames)('function %s', (name) => {
  const lambda = properties(idOf(name, 'LambdaFunction'));

  test('runs on Node 24, on arm64 unless it needs the layer', () => {
    expect(lambda.Runtime).toBe('nodejs24.x');
    expect(lambda.Architectures).toEqual(lambda.Layers === undefined ? ['arm64'] : ['x86_64']);
    expect(lambda.Layers === undefined).toBe(name !== 'render');
  });

  test('may be in a loop only where waits and retries are', () => {
    expect(lambda.RecursiveLoop).toBe(IN_A_LOOP.includes(name) ? 'Allow' : undefined);
  });

  test('is in the VPC only when clusters are reached from it', () => {
    expect(lambda.VpcConfig !== undefined).toBe(CLUSTER_FACING.includes(name));
  });

  test('[COM-22 environment] goes through the proxies of the deployment where it is, and knows no password otherwise', () => {
    const { Variables = {} as Json } = lambda.Environment ?? ({} as Json);
    const named = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].map((one) => Variables[one]);
    const wanted = ['HttpProxy', 'HttpsProxy', 'AllProxy', 'NoProxy'].map((Ref) => ({ Ref }));
    expect(named).toEqual(CLUSTER_FACING.includes(name) ? wanted : named.map(() => undefined));
  });

  test('has a role of its own', () => {
    expect(told(lambda.Role)).toBe(`${idOf(name, 'Role')}.Arn`);
  });

  test('forgets its log', () => {
    expect(properties(idOf(name, 'LogGroup')).RetentionInDays).toBe(30);
  });

  test('is as small as P6 says', () => {
    const { bytes } = unpacked(name);
    expect(bytes).toBeLessThanOrEqual(name === 'receive' ? RECEIVE_BYTES : OTHER_BYTES);
  });

  test.runIf(LEAN.includes(name))('has no schemas and reads no YAML', () => {
    const { code } = unpacked(name);
    expect(code).not.toContain('ZodError');
    expect(code).not.toContain('YAMLParseError');
  });
});

/** What a function loads before its first invocation: `index.mjs` of its archive, and what that imports, not at need. */
function unpacked(name: string): { readonly bytes: number; readonly code: string } {
  const files = filesOf(readFileSync(join(ROOT, 'dist/functions', `${name}.zip`)));
  const found = new Map<string, Buffer>();
  const visit = (file: string): void => {
    const content = files.get(file);
    if (content === undefined || found.has(file)) return;
    found.set(file, content);
    for (const [, imported = ''] of content.toString().matchAll(/(?:from|import)"\.\/([^"]+)"/g))
      visit(imported);
    // A worker loads its kinds' reconcilers before its first invocation as well.
    if (!WORKERS.includes(name)) return;
    for (const [, imported = ''] of content.toString().matchAll(/import\("\.\/(effects-[^"]+)"\)/g))
      visit(imported);
  };
  visit('index.mjs');
  const all = Buffer.concat([...found.values()]);
  return { bytes: all.byteLength, code: all.toString() };
}

/** A zip archive's files, whose headers follow each other. */
function filesOf(zip: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (zip.readUInt32LE(at) === 0x04034b50) {
    const start = at + 30 + zip.readUInt16LE(at + 26);
    const end = start + zip.readUInt32LE(at + 18);
    files.set(zip.toString('utf8', at + 30, start), inflateRawSync(zip.subarray(start, end)));
    at = end;
  }
  return files;
}

test('everything that the template takes from the bucket is a file that the deployment uploads', () => {
  const { functions, initialServerlessConfig } = state.service;
  const uploaded = [...Object.values(functions), ...Object.values(initialServerlessConfig.layers)].map(
    ({ package: { artifact } }) => resolve(ROOT, artifact),
  );
  const wanted = [
    ...ofType('AWS::Lambda::Function').map(([, { Properties }]) => (Properties.Code as Json).S3Key),
    ...ofType('AWS::Lambda::LayerVersion').map(([, { Properties }]) => (Properties.Content as Json).S3Key),
  ].map(String);

  expect(wanted.toSorted()).toEqual(
    uploaded.map((file) => `${state.package.artifactDirectoryName}/${basename(file)}`).toSorted(),
  );
  for (const file of uploaded) expect(statSync(file).size, file).toBeGreaterThan(0);
});

test('the minute comes once or not at all, and says which one it is', () => {
  expect(properties('MinuteSchedule')).toMatchObject({
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: { 'Fn::GetAtt': ['TickLambdaFunction', 'Arn'] },
      Input: '{"time":"<aws.scheduler.scheduled-time>"}',
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
    },
  });
  expect(properties('TickLambdaEvConf')).toMatchObject({
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 60,
  });
});

test('the world reaches two paths and no other', () => {
  const routes = ofType('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey);
  expect(routes.toSorted()).toEqual(['GET /a/{proxy+}', 'HEAD /a/{proxy+}', 'POST /hook/{path}']);
  expect(properties('HttpApiStage')).not.toHaveProperty('AccessLogSettings');
  expect(ofType('AWS::Lambda::Url')).toEqual([]);
});

test("what is put into the drop zone, and nothing else of the bucket, reaches 'arrivals'", () => {
  expect(properties('SourcesRule')).toMatchObject({
    EventPattern: {
      source: ['aws.s3'],
      detail: { bucket: { name: [{ Ref: 'StateBucket' }] }, object: { key: [{ prefix: 'sources/' }] } },
    },
    Targets: [{ Arn: { 'Fn::GetAtt': ['ArrivalsQueue', 'Arn'] } }],
  });
  expect(properties('StateBucket').NotificationConfiguration).toEqual({
    EventBridgeConfiguration: { EventBridgeEnabled: true },
  });
});
