import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256Hex } from '../../../shared/core/digests.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { serve } from '../../features/http/web-server.ts';
import { BUCKET } from '../bucket.ts';
import type { Setting } from '../setting.ts';

/** What answers in place of the server, to a listing (`key` undefined) or for an object; false leaves it to the server. */
export type OddAnswer = (
  key: string | undefined,
  response: ServerResponse,
  request: IncomingMessage,
) => boolean;

/** An S3 server of one bucket that anybody may read, on the loopback until the test is over. */
export interface OddBucket {
  readonly host: string;
  /** By key; a test may change it whenever it likes. */
  readonly objects: Map<string, string>;
  /** From now on. */
  readonly turn: (odd: OddAnswer) => void;
}

/** Starts it; listings come `pageSize` keys at a time. */
export async function startOddBucket(
  objects: Readonly<Record<string, string>>,
  pageSize = 1000,
): Promise<OddBucket> {
  const kept = new Map(Object.entries(objects));
  let odd: OddAnswer = () => false;
  const url = await serve((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
    const key = searchParams.has('list-type')
      ? undefined
      : decodeURIComponent(pathname.slice('/odd/'.length));
    if (odd(key, response, request)) return;
    if (key === undefined)
      return void response.end(page(kept, searchParams.get('continuation-token'), pageSize));
    const body = kept.get(key);
    if (body === undefined) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    response.writeHead(200, { etag: `"${etagOf(body)}"` }).end(body);
  });
  return {
    host: new URL(url).host,
    objects: kept,
    turn: (answer) => {
      odd = answer;
    },
  };
}

/** A Bucket of it. */
export function oddBucket(
  { host }: OddBucket,
  { namespace }: Setting,
  name: string,
  spec: object = {},
): KubernetesObject {
  return {
    ...BUCKET,
    metadata: { namespace, name },
    spec: {
      ...{ bucketName: 'odd', endpoint: host, region: 'us-east-1', insecure: true, interval: '10m' },
      ...spec,
    },
  };
}

/** The listing from the key after `token` on, as it is now. */
function page(objects: ReadonlyMap<string, string>, token: string | null, size: number): string {
  const keys = [...objects.keys()].toSorted().filter((key) => token === null || key > token);
  const shown = keys.slice(0, size);
  const next = keys.length > size ? `<NextContinuationToken>${shown.at(-1)}</NextContinuationToken>` : '';
  return listing(
    shown.map((key) => entry(key, etagOf(objects.get(key) ?? ''))).join('') +
      `<IsTruncated>${next !== ''}</IsTruncated>${next}`,
  );
}

/** A listing of these elements. */
export function listing(inner: string): string {
  return `<ListBucketResult>${inner}</ListBucketResult>`;
}

/** An object in a listing. */
export function entry(key: string, etag: string): string {
  return `<Contents><Key>${key}</Key><ETag>"${etag}"</ETag></Contents>`;
}

function etagOf(body: string): string {
  return sha256Hex(body).slice(0, 32);
}
