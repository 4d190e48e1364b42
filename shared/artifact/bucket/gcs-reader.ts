import { Fault } from '../../core/failures.ts';
import { jsonObject } from '../../core/json.ts';
import type { Http, HttpAnswer, HttpRequest } from '../../ports.ts';
import type { BucketEntry, BucketReader } from './reader.ts';
import { NO_BUCKET } from './s3-faults.ts';

/** How a bucket of Google is reached. */
export interface GcsAccess extends Pick<HttpRequest, 'proxy' | 'signal'> {
  readonly http: Http;
  /** A bearer token; without one nobody asks. */
  readonly token: (() => Promise<string | undefined>) | undefined;
}

interface Connection {
  readonly bucket: string;
  readonly access: GcsAccess;
}

/** Where upstream's client asks whatever `spec.endpoint` says; no tenant names another place that would see the token. */
export const GOOGLE_STORAGE = 'https://storage.googleapis.com';
/** Google's rule for names of buckets, with those of domains. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;
const FIELDS = 'nextPageToken,items(name,etag,size)';
/** Ours: bytes of a page; 1000 names of 1024 bytes, escaped, and what is told of each. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Ours: bytes of an object's description, and of a refusal, which may be larger than the object that was asked for. */
const MAX_TEXT_BYTES = 64 * 1024;
/** Ours: pages of one listing, as Google may choose smaller ones. */
const MAX_PAGES = 2000;
/** Ours: looks at an object that changes while it is read. */
const MAX_LOOKS = 3;
/** Ours: a server's words in a condition, characters. */
const MAX_MESSAGE = 400;

/** Whether Google knows buckets of such a name. */
export function isGcsBucket(name: string): boolean {
  return BUCKET.test(name) && !name.includes('..');
}

/** A bucket of Google Cloud Storage by its JSON API; nothing is asked yet. Etags are those of that API. */
export function openGcs(bucket: string, access: GcsAccess): BucketReader {
  const connection = { bucket, access };
  return {
    list: (prefix) => list(connection, prefix),
    async get(key, maxBytes) {
      for (let looks = 1; ; looks++) {
        const found = await look(connection, key, maxBytes);
        if (found !== 'changed') return found;
        if (looks >= MAX_LOOKS)
          throw new Fault('conflict', 'the object changes while it is read', { key, looks });
      }
    },
  };
}

async function* list(connection: Connection, prefix: string): AsyncIterable<BucketEntry> {
  let pageToken = '';
  for (let pages = 1; ; pages++) {
    const query = {
      ...{ fields: FIELDS, maxResults: '1000' },
      ...(prefix !== '' && { prefix }),
      ...(pageToken !== '' && { pageToken }),
    };
    const answer = await send(connection, 'o', query, MAX_PAGE_BYTES);
    if (answer.status !== 200) throw faultOf(answer, true);
    const { items = [], nextPageToken: next = '' } = objectIn(answer);
    if (!Array.isArray(items) || typeof next !== 'string') throw odd();
    for (const item of items) yield entryOf(item);
    if (next === '') return;
    if (next === pageToken || pages >= MAX_PAGES)
      throw new Fault('malformed', `the listing of bucket '${connection.bucket}' does not come to its end`);
    pageToken = next;
  }
}

/** Description and bytes of one and the same generation, as upstream reads them. */
async function look(connection: Connection, key: string, maxBytes: number) {
  const path = `o/${encodeURIComponent(key)}`;
  const described = await send(connection, path, { fields: 'etag,generation' }, MAX_TEXT_BYTES);
  if (described.status === 404 && !isBucketMissing(described)) return undefined;
  if (described.status !== 200) throw faultOf(described, false);
  const { etag, generation } = objectIn(described);
  if (typeof etag !== 'string' || typeof generation !== 'string') throw odd();
  const query = { alt: 'media', ifGenerationMatch: generation };
  const answer = await send(connection, path, query, maxBytes);
  if (answer.status === 404 || answer.status === 412) return 'changed';
  if (answer.status !== 200) throw faultOf(answer, false);
  if (answer.body.byteLength <= maxBytes) return { body: answer.body, etag };
  throw new Fault('too-large', `the object is larger than ${maxBytes} bytes`, { key, limit: maxBytes });
}

function entryOf(item: unknown): BucketEntry {
  const { name, etag, size } = (item ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '' || typeof etag !== 'string') throw odd();
  const bytes = Number(size ?? Number.NaN);
  return { key: name, etag, ...(Number.isSafeInteger(bytes) && { size: bytes }) };
}

async function send(
  { bucket, access }: Connection,
  path: string,
  query: Readonly<Record<string, string>>,
  maxBytes: number,
): Promise<HttpAnswer> {
  const { http, token, ...rest } = access;
  const search = new URLSearchParams(query);
  const url = `${GOOGLE_STORAGE}/storage/v1/b/${encodeURIComponent(bucket)}/${path}?${search}`;
  const bearer = await token?.();
  const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const most = Math.max(maxBytes, MAX_TEXT_BYTES);
  return http.request({ ...rest, method: 'GET', url, headers, maxBytes: most, maxRedirects: 0 });
}

/** What Google says; a 404 to a listing is about the bucket. */
function faultOf(answer: HttpAnswer, isListing: boolean): Fault {
  const { status } = answer;
  const message = messageIn(answer) || `Google Cloud Storage answered ${status}`;
  const data = { status };
  if (status === 404 && (isListing || isBucketMissing(answer)))
    return new Fault('not-found', message, { ...data, reason: NO_BUCKET });
  if (status === 401 || status === 403) return new Fault('unauthorized', message, data);
  if (status === 429) return new Fault('throttled', message, data);
  return new Fault(status >= 500 ? 'server-error' : 'invalid', message, data);
}

function isBucketMissing(answer: HttpAnswer): boolean {
  return /bucket does not exist/i.test(messageIn(answer));
}

function messageIn({ body }: HttpAnswer): string {
  try {
    const { error } = JSON.parse(new TextDecoder().decode(body)) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string')
      return error.message
        .replace(/[\s\p{Cc}]+/gu, ' ')
        .trim()
        .slice(0, MAX_MESSAGE);
  } catch {
    // Told by the status.
  }
  return '';
}

function objectIn({ body }: HttpAnswer): Readonly<Record<string, unknown>> {
  const object = jsonObject(body);
  if (object === undefined) throw odd();
  return object;
}

function odd(): Fault {
  return new Fault('malformed', 'the answer is not what Google Cloud Storage writes');
}
