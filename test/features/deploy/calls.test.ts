import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { allows, callsOf } from '../../flow/bundles/calls.ts';

function request(service: string, method: string, url: string, more: object = {}): IncomingMessage {
  const authorization = `AWS4-HMAC-SHA256 Credential=apply/20260101/eu-central-1/${service}/aws4_request, Signature=0`;
  return { method, url, headers: { authorization, ...more } } as unknown as IncomingMessage;
}

/** `action resource`, a line a right. */
function rights(one: IncomingMessage, body = '', status = 200): readonly string[] {
  return callsOf(one, body, status).map(({ key, action, resource }) => `${key} ${action} ${resource}`);
}

describe('what a request to AWS has to be allowed', () => {
  test('is told by its method, its conditions and its answer for S3', () => {
    expect(rights(request('s3', 'GET', '/state/a%20b/c'))).toEqual([
      'apply s3:GetObject arn:aws:s3:::state/a b/c',
    ]);
    expect(rights(request('s3', 'GET', '/state/a'), '', 404)).toEqual([
      'apply s3:GetObject arn:aws:s3:::state/a',
      'apply s3:ListBucket arn:aws:s3:::state',
    ]);
    expect(rights(request('s3', 'GET', '/state?list-type=2'))).toEqual([
      'apply s3:ListBucket arn:aws:s3:::state',
    ]);
    expect(rights(request('s3', 'PUT', '/state/a', { 'if-match': 'x' }))).toEqual([
      'apply s3:PutObject arn:aws:s3:::state/a',
      'apply s3:GetObject arn:aws:s3:::state/a',
    ]);
    expect(rights(request('s3', 'DELETE', '/state/a?uploadId=1'))).toEqual([
      'apply s3:AbortMultipartUpload arn:aws:s3:::state/a',
    ]);
  });

  test('is told by the target of the others', () => {
    const send = request('sqs', 'POST', '/', { 'x-amz-target': 'AmazonSQS.SendMessageBatch' });
    expect(rights(send, JSON.stringify({ QueueUrl: 'https://sqs/1/sluice-prod-later' }))).toEqual([
      'apply sqs:SendMessage arn:aws:sqs:eu-central-1:123456789012:sluice-prod-later',
    ]);
    const invoke = request('lambda', 'POST', '/2015-03-31/functions/sluice-prod-render/invocations');
    expect(rights(invoke)).toEqual([
      'apply lambda:InvokeFunction arn:aws:lambda:eu-central-1:123456789012:function:sluice-prod-render',
    ]);
  });
});

test.each([
  ['s3:GetObject', 'arn:aws:s3:::state/blobs/a/b', true],
  ['s3:GetObject', 'arn:aws:s3:::state/blobsx', false],
  ['s3:GetObject', 'arn:aws:s3:::other/blobs/a', false],
  ['s3:PutObject', 'arn:aws:s3:::state/blobs/a', false],
])('%s of %s is allowed: %s', (action, resource, allowed) => {
  const statements = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: ['arn:aws:s3:::state/blobs/*'] }];

  expect(allows(statements, { action, resource })).toBe(allowed);
});
