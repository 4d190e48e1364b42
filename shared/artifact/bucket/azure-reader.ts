import { Fault } from '../../core/failures.ts';
import type { Clock, Http, HttpAnswer, HttpRequest } from '../../ports.ts';
import { type AzureAddress, azureUrl } from './azure-address.ts';
import type { AzureProof } from './azure-proof.ts';
import { type BucketEntry, type BucketReader, bareEtag } from './reader.ts';
import { NO_BUCKET, refusalOf } from './s3-faults.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

/** How a container is reached. */
export interface AzureAccess extends Pick<HttpRequest, 'proxy' | 'signal'> {
  readonly http: Http;
  readonly clock: Pick<Clock, 'now'>;
  readonly prove: AzureProof;
}

/** Of the Blob service: the newest whose listings never encode names. */
const API_VERSION = '2020-10-02';
/** Ours: blobs a page, a fifth of Azure's most, which bounds what a page weighs. */
const PAGE = '1000';
/** Ours: bytes of a page; 1000 names of 1024 characters and some 1.5 KB that is told of each. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** Ours: bytes of a refusal, which may be larger than the blob that was asked for. */
const MAX_REFUSAL_BYTES = 64 * 1024;
/** Ours: pages of one listing; pages may be smaller than asked for. */
const MAX_PAGES = 2000;

/** A container of Azure Blob Storage; nothing is asked yet. Etags have their quotes, in listings too, as upstream's revision is of those that downloads answer (BK-05). */
export function openAzure(address: AzureAddress, access: AzureAccess): BucketReader {
  return {
    list: (prefix) => list(address, access, prefix),
    get: async (key, maxBytes) => {
      const answer = await send(access, azureUrl(address, key), maxBytes);
      if (answer.status === 200) {
        const { body, headers } = answer;
        if (body.byteLength <= maxBytes) return { body, etag: quoted(headers.etag ?? '') };
        throw new Fault('too-large', `the object is larger than ${maxBytes} bytes`, { key, limit: maxBytes });
      }
      const fault = faultOf(answer, address);
      if (fault.data.reason === 'BlobNotFound') return undefined;
      throw fault;
    },
  };
}

async function* list(address: AzureAddress, access: AzureAccess, prefix: string): AsyncIterable<BucketEntry> {
  const query = {
    ...{ restype: 'container', comp: 'list', maxresults: PAGE },
    ...(prefix !== '' && { prefix }),
  };
  let marker = '';
  for (let pages = 1; ; pages++) {
    const url = azureUrl(address, '', { ...query, ...(marker !== '' && { marker }) });
    const answer = await send(access, url, MAX_PAGE_BYTES);
    if (answer.status !== 200) throw faultOf(answer, address);
    const page = parseXml(new TextDecoder().decode(answer.body));
    const blobs = page.children.find(({ name }) => name === 'Blobs');
    if (page.name !== 'EnumerationResults' || blobs === undefined)
      throw new Fault('malformed', `${address.endpoint.host} does not answer as Azure Blob Storage does`);
    for (const blob of blobs.children) if (blob.name === 'Blob') yield entryOf(blob);
    const next = textOf(page, 'NextMarker') ?? '';
    if (next === '') return;
    if (next === marker || pages >= MAX_PAGES) {
      const text = `the listing of container '${address.container}' does not come to its end`;
      throw new Fault('malformed', text);
    }
    marker = next;
  }
}

function entryOf(blob: XmlElement): BucketEntry {
  const key = textOf(blob, 'Name') ?? '';
  if (key === '') throw new Fault('malformed', 'the listing has a blob without a name');
  const properties = blob.children.find(({ name }) => name === 'Properties');
  const size = Number(textOf(properties, 'Content-Length') ?? Number.NaN);
  const etag = quoted(textOf(properties, 'Etag') ?? '');
  return { key, etag, ...(Number.isSafeInteger(size) && { size }) };
}

function quoted(etag: string): string {
  return `"${bareEtag(etag)}"`;
}

async function send(access: AzureAccess, plain: URL, maxBytes: number): Promise<HttpAnswer> {
  const { http, clock, prove, ...rest } = access;
  const unproven = { url: plain, headers: { 'x-ms-version': API_VERSION } };
  const { url, headers } = await prove(unproven, clock.now());
  return http.request({
    ...{ ...rest, method: 'GET', url: url.href, headers },
    maxBytes: Math.max(maxBytes, MAX_REFUSAL_BYTES),
    maxRedirects: 0,
  });
}

/** What Azure says, without the request's id and time, which would be news at every attempt. */
function faultOf(answer: HttpAnswer, { endpoint }: AzureAddress): Fault {
  const { status, headers } = answer;
  const { message, ...refusal } = refusalOf(answer);
  const named = /^[A-Za-z]{1,64}$/.exec(headers['x-ms-error-code'] ?? '')?.[0];
  const reason = named ?? refusal.code;
  const said = message.split(/\s*RequestId:/)[0] || `${endpoint.host} answered ${status}`;
  const text = reason === '' ? said : `${reason}: ${said}`;
  if (reason === 'ContainerNotFound') return new Fault('not-found', text, { status, reason: NO_BUCKET });
  const data = { status, reason };
  if (reason === 'AuthenticationFailed') {
    const doubt =
      'the specified bucket name may be incorrect, nonexistent, or the caller might lack sufficient permissions to access it';
    return new Fault('unauthorized', `${doubt}: ${text}`, data);
  }
  if (status >= 300 && status < 400)
    return new Fault('invalid', `${endpoint.host} sends the request to another place`, data);
  if (status === 401 || status === 403) return new Fault('unauthorized', text, data);
  if (status === 404) return new Fault('not-found', text, data);
  if (status === 429 || reason === 'ServerBusy') return new Fault('throttled', text, data);
  return new Fault(status >= 500 ? 'server-error' : 'invalid', text, data);
}
