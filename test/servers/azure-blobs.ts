import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A container as the Blob service's documentation has it, and who may read it. */
export interface AzureBlobsOptions {
  readonly container: string;
  readonly blobs: Readonly<Record<string, string>>;
  readonly account?: string;
  /** Who asks with this Shared Key. */
  readonly key?: string;
  /** Who asks with this `sig`. */
  readonly signature?: string;
  /** Who shows this token. */
  readonly token?: string;
  /** Everybody. */
  readonly open?: boolean;
  /** Blobs a page; all unless said. */
  readonly page?: number;
}

/** Azure's Blob service on loopback: list and get, checked as documented. */
export interface AzureBlobs {
  readonly url: string;
  /** Paths with queries. */
  readonly asked: string[];
  readonly stop: () => void;
}

/** The etag of a blob's text, without quotes. */
export function azureEtag(body: string): string {
  return `0x8D${createHash('sha256').update(body).digest('hex').slice(0, 12).toUpperCase()}`;
}

/** Starts one on a free port. */
export async function startAzureBlobs(options: AzureBlobsOptions): Promise<AzureBlobs> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://azure');
    asked.push(`${request.url}`);
    const [status, body, headers = {}] = answerTo(options, request, url);
    response.writeHead(status, { 'x-ms-version': request.headers['x-ms-version'] ?? '', ...headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => void server.close() };
}

type Answer = readonly [status: number, body: string, headers?: Readonly<Record<string, string>>];

function answerTo(options: AzureBlobsOptions, request: IncomingMessage, url: URL): Answer {
  const { container, blobs, page = 5000 } = options;
  if (!mayRead(options, request, url)) return refusal(403, 'AuthenticationFailed');
  const [, first, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  if (first !== container) return refusal(404, 'ContainerNotFound');
  const name = rest.join('/');
  if (name !== '') {
    const blob = blobs[name];
    if (blob === undefined) return refusal(404, 'BlobNotFound');
    return [200, blob, { etag: `"${azureEtag(blob)}"` }];
  }
  const { comp, restype, prefix = '', marker = '0' } = Object.fromEntries(url.searchParams);
  if (comp !== 'list' || restype !== 'container') return refusal(400, 'InvalidQueryParameterValue');
  const names = Object.keys(blobs).filter((one) => one.startsWith(prefix));
  const from = Number(marker);
  const next = from + page < names.length ? String(from + page) : '';
  const list = names.slice(from, from + page).map((one) => item(one, blobs[one] ?? ''));
  const text = `<Blobs>${list.join('')}</Blobs><NextMarker>${next}</NextMarker>`;
  return [
    200,
    `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://x/" ContainerName="${container}">${text}</EnumerationResults>`,
  ];
}

function item(name: string, body: string): string {
  const escaped = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const properties = `<Etag>${azureEtag(body)}</Etag><Content-Length>${Buffer.byteLength(body)}</Content-Length><BlobType>BlockBlob</BlobType>`;
  return `<Blob><Name>${escaped}</Name><Properties>${properties}</Properties><OrMetadata /></Blob>`;
}

function refusal(status: number, code: string): Answer {
  const time = new Date().toISOString();
  const message = `Words about ${code}.\nRequestId:${time}-1\nTime:${time}`;
  const body = `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return [status, body, { 'x-ms-error-code': code }];
}

/** By the recipe of "Authorize with Shared Key" for a GET without a body. */
function mayRead(options: AzureBlobsOptions, { headers }: IncomingMessage, url: URL): boolean {
  const { account = '', key, signature, token, open = false } = options;
  const { authorization } = headers;
  if (signature !== undefined && url.searchParams.get('sig') === signature) return true;
  if (token !== undefined && authorization === `Bearer ${token}`) return true;
  if (key === undefined || authorization === undefined) return open;
  const own = ['x-ms-date', 'x-ms-version'].map((name) => `${name}:${headers[name]}\n`).join('');
  const query = [...url.searchParams]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`)
    .join('');
  const lines = ['GET', ...Array.from({ length: 11 }, () => ''), `${own}/${account}${url.pathname}${query}`];
  const hmac = createHmac('sha256', Buffer.from(key, 'base64')).update(lines.join('\n'));
  return authorization === `SharedKey ${account}:${hmac.digest('base64')}`;
}
