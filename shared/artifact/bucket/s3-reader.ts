import { Fault } from '../../core/failures.ts';
import { type AwsCredentials, NO_PAYLOAD, signV4 } from '../../core/sigv4.ts';
import type { Clock, Http, HttpAnswer, HttpRequest } from '../../ports.ts';
import { type BucketEntry, type BucketReader, bareEtag } from './reader.ts';
import { DEFAULT_REGION, type S3Address, urlOf } from './s3-address.ts';
import { faultOfRefusal, refusalOf, type S3Refusal } from './s3-faults.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

/** How a bucket is reached. */
export interface S3Access extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'proxy' | 'signal'> {
  readonly http: Http;
  readonly clock: Clock;
  /** Undefined asks as nobody. */
  readonly credentials: AwsCredentials | undefined;
}

interface Connection {
  readonly address: S3Address;
  readonly access: S3Access;
  region: string;
}

type Query = readonly (readonly [string, string])[];

/** Ours: bytes of a page; 1000 keys of 1024 bytes, each byte written as %XX, and what is told of each. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Ours: bytes of a refusal, which may be larger than the object that was asked for. */
const MAX_REFUSAL_BYTES = 64 * 1024;
/** Ours: pages of one listing; ten times what the most objects need, as servers may choose smaller pages. */
const MAX_PAGES = 2000;

/** A bucket of S3 or of a service that speaks as S3 does; nothing is asked yet. */
export function openS3(address: S3Address, access: S3Access): BucketReader {
  const connection: Connection = { address, access, region: address.region ?? DEFAULT_REGION };
  return {
    list: (prefix) => list(connection, prefix),
    get: async (key, maxBytes) => {
      const answer = await ask(connection, key, [], maxBytes);
      if (answer.ok && answer.body.byteLength > maxBytes)
        throw new Fault('too-large', `the object is larger than ${maxBytes} bytes`, { key, limit: maxBytes });
      if (answer.ok) return { body: answer.body, etag: bareEtag(answer.headers.etag ?? '') };
      const { status, code } = answer.refusal;
      if (code === 'NoSuchKey' || (status === 404 && code === '')) return undefined;
      throw faultOfRefusal(answer.refusal, address.host);
    },
  };
}

async function* list(connection: Connection, prefix: string): AsyncIterable<BucketEntry> {
  const query: Query = [
    ['encoding-type', 'url'],
    ['list-type', '2'],
    ...(prefix === '' ? [] : [['prefix', prefix] as const]),
  ];
  let token: string | undefined;
  for (let pages = 1; ; pages++) {
    const from: Query = token === undefined ? [] : [['continuation-token', token]];
    const page = await readPage(connection, [...query, ...from]);
    yield* page.entries;
    if (!page.isTruncated) return;
    const broken = page.next === undefined || page.next === '' || page.next === token || pages >= MAX_PAGES;
    if (broken)
      throw new Fault(
        'malformed',
        `the listing of bucket '${connection.address.bucket}' does not come to its end`,
      );
    token = page.next;
  }
}

async function readPage(connection: Connection, query: Query) {
  const answer = await ask(connection, '', query, MAX_PAGE_BYTES);
  if (!answer.ok) throw faultOfRefusal(answer.refusal, connection.address.host);
  const page = parseXml(new TextDecoder().decode(answer.body));
  if (page.name !== 'ListBucketResult')
    throw new Fault('malformed', `${connection.address.host} does not answer as S3 does`);
  const isEncoded = textOf(page, 'EncodingType') === 'url';
  const contents = page.children.filter(({ name }) => name === 'Contents');
  return {
    entries: contents.map((element) => entryOf(element, isEncoded)),
    isTruncated: textOf(page, 'IsTruncated') === 'true',
    next: textOf(page, 'NextContinuationToken'),
  };
}

function entryOf(element: XmlElement, isEncoded: boolean): BucketEntry {
  const key = textOf(element, 'Key');
  const size = Number(textOf(element, 'Size') ?? Number.NaN);
  if (key === undefined || key === '')
    throw new Fault('malformed', 'the listing has an object without a key');
  const etag = bareEtag(textOf(element, 'ETag') ?? '');
  return { key: isEncoded ? decodeKey(key) : key, etag, ...(Number.isSafeInteger(size) && { size }) };
}

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new Fault('malformed', 'the listing has a key that is not UTF-8');
  }
}

type Answer = (HttpAnswer & { readonly ok: true }) | { readonly ok: false; readonly refusal: S3Refusal };

/** One request; once more in the region that the answer names, when the object names none. */
async function ask(connection: Connection, key: string, query: Query, maxBytes: number): Promise<Answer> {
  const first = await send(connection, key, query, maxBytes);
  if (first.ok) return first;
  const { region, status } = first.refusal;
  const isElsewhere =
    region !== undefined && region !== connection.region && [301, 307, 400].includes(status);
  if (!isElsewhere || connection.address.region !== undefined) return first;
  connection.region = region;
  return send(connection, key, query, maxBytes);
}

async function send(connection: Connection, key: string, query: Query, maxBytes: number): Promise<Answer> {
  const { address, access, region } = connection;
  const { http, clock, credentials, ...rest } = access;
  const url = new URL(urlOf(address, region, key, query));
  // An object may be kept zipped: its bytes are what counts.
  const plain = { 'accept-encoding': 'identity', 'x-amz-content-sha256': NO_PAYLOAD };
  const request = { method: 'GET', url, headers: plain, payload: NO_PAYLOAD };
  const scope = { region, service: 's3', now: clock.now() };
  const headers = credentials === undefined ? plain : signV4(request, credentials, scope);
  const answer = await http.request({
    ...rest,
    method: 'GET',
    url: url.href,
    headers,
    maxBytes: Math.max(maxBytes, MAX_REFUSAL_BYTES),
    maxRedirects: 0,
  });
  if (answer.status === 200) return { ...answer, ok: true };
  return { ok: false, refusal: refusalOf(answer) };
}
