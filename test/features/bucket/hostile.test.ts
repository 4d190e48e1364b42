import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { readIndex } from '../../../shared/artifact/bucket/bucket-index.ts';
import type { BucketReader } from '../../../shared/artifact/bucket/reader.ts';
import { s3Address } from '../../../shared/artifact/bucket/s3-address.ts';
import { openS3 } from '../../../shared/artifact/bucket/s3-reader.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { serve } from '../http/web-server.ts';

const KEYS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

/** A reader of a server that answers as a test says, and what it was asked. */
async function bucketAt(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  region?: string,
): Promise<{ reader: BucketReader; asked: string[] }> {
  const asked: string[] = [];
  const url = await serve((request, response) => {
    const signedFor = /Credential=[^/]*\/\d+\/([^/]*)\//.exec(request.headers.authorization ?? '')?.[1];
    asked.push(`${signedFor} ${request.url}`);
    answer(response, request);
  });
  const where = { endpoint: new URL(url).host, bucketName: 'bucket', insecure: true };
  const http = createHttp({ loopback: true, privateRanges: true });
  const access = { http, clock: systemClock, credentials: KEYS, signal: AbortSignal.timeout(10_000) };
  return { reader: openS3(s3Address({ ...where, ...(region && { region }) }), access), asked };
}

const list = (reader: BucketReader) =>
  readIndex(reader, { prefix: '', ignore: undefined }, { ...DEFAULT_LIMITS, entries: 5000 });
const page = (inner: string): string => `<?xml version="1.0"?><ListBucketResult>${inner}</ListBucketResult>`;
const entry = (key: string): string => `<Contents><Key>${key}</Key><ETag>"e"</ETag><Size>1</Size></Contents>`;

describe('a server that answers with', () => {
  test.each<[string, FaultCode, string]>([
    ['a page of HTML', 'malformed', '<html><body>Welcome<br></body></html>'],
    ['another document', 'malformed', '<ListAllMyBucketsResult/>'],
    ['nothing', 'malformed', ''],
    ['entities', 'malformed', `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(1000)}">]>${page(entry('&a;'))}`],
    ['a listing cut short', 'malformed', page(entry('a')).slice(0, -20)],
    ['a listing that goes on nowhere', 'malformed', page('<IsTruncated>true</IsTruncated>')],
    [
      'the same page for ever',
      'malformed',
      page('<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>'),
    ],
    ['an object without a key', 'malformed', page('<Contents><ETag>e</ETag></Contents>')],
    ['keys that are not UTF-8', 'malformed', page(`<EncodingType>url</EncodingType>${entry('%ff')}`)],
    ['more than a page can be', 'too-large', page(entry('a').repeat(200_000))],
  ])('%s is not believed', async (_name, code, body) => {
    const { reader } = await bucketAt((response) => response.end(body));

    await faultOf(list(reader), code);
  });

  test('new pages for ever is left at the limit of objects', async () => {
    let count = 0;
    const { reader, asked } = await bucketAt((response) => {
      count++;
      const keys = Array.from({ length: 1000 }, (_, i) => entry(`k${count}-${i}`)).join('');
      const more = `<IsTruncated>true</IsTruncated><NextContinuationToken>${count}</NextContinuationToken>`;
      response.end(page(keys + more));
    });

    await faultOf(list(reader), 'too-large');
    expect(asked.length).toBe(6);
  });

  test.each<[string, FaultCode, number, string]>([
    ['a refusal', 'unauthorized', 403, 'InvalidAccessKeyId'],
    ['too many requests', 'throttled', 503, 'SlowDown'],
    ['trouble of its own', 'server-error', 500, 'InternalError'],
    ['no such bucket', 'not-found', 404, 'NoSuchBucket'],
  ])('%s is told in its words', async (_name, code, status, name) => {
    const { reader } = await bucketAt((response) =>
      response.writeHead(status).end(`<Error><Code>${name}</Code><Message>Its\nwords</Message></Error>`),
    );

    const fault = await faultOf(list(reader), code);
    expect([fault.message, fault.data.reason]).toEqual(['Its words', name]);
  });

  test('a redirect is not followed, neither to a listing nor to an object', async () => {
    const { reader, asked } = await bucketAt((response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
    );

    expect((await faultOf(list(reader), 'invalid')).message).toMatch(/spec\.endpoint and spec\.region/);
    await faultOf(reader.get('a', 10), 'invalid');
    expect(asked.length).toBe(2);
  });
});

describe('the region', () => {
  const elsewhere = (response: ServerResponse, request: IncomingMessage): void => {
    const isThere = request.headers.authorization?.includes('/eu-north-1/s3/');
    if (isThere) response.end(page(entry('a')));
    else {
      response.writeHead(400);
      response.end('<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region></Error>');
    }
  };

  test('[BK-01 region] that the server names is signed for from then on', async () => {
    const { reader, asked } = await bucketAt(elsewhere);

    expect([...(await list(reader)).index.keys()]).toEqual(['a']);
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['us-east-1', 'eu-north-1']);
    await list(reader);
    expect(asked.length).toBe(3);
  });

  test('that the object names is the only one', async () => {
    const { reader, asked } = await bucketAt(elsewhere, 'eu-south-2');

    await faultOf(list(reader), 'invalid');
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['eu-south-2']);
  });

  test('is no other for a server that names what is none', async () => {
    const { reader, asked } = await bucketAt((response) =>
      response.writeHead(400, { 'x-amz-bucket-region': 'a/../b' }).end(),
    );

    await faultOf(list(reader), 'invalid');
    expect(asked.length).toBe(1);
  });
});
