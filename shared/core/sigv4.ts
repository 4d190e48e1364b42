import { createHmac } from 'node:crypto';
import { sha256Hex } from './digests.ts';

/** Keys of AWS, or of a service that speaks as AWS does. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request as it will be sent. */
export interface UnsignedRequest {
  readonly method: string;
  /** The path is signed as it is written here, as S3 wants it: encoded once. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Hex sha256 of the body. */
  readonly payload: string;
}

/** Where and when a signature holds. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly now: Date;
}

/** Hex sha256 of no body. */
export const NO_PAYLOAD = sha256Hex('');

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The request's headers with `x-amz-date`, the session's token and `authorization` by Signature Version 4. */
export function signV4(
  request: UnsignedRequest,
  credentials: AwsCredentials,
  { region, service, now }: SigningScope,
): Readonly<Record<string, string>> {
  const time = timeOf(now);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const headers = {
    ...request.headers,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const { text, names } = canonical(request, { ...headers, host: request.url.host });
  const scope = scopeOf(time, region, service);
  const signature = signatureOf(text, time, secretAccessKey, { region, service });
  const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}`;
  return { ...headers, authorization };
}

/** The URL of a request without a body with its signature in the query, good for so many seconds; `headers` must be sent with it. */
export function presignV4(
  { method, url, headers, payload }: UnsignedRequest,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  { region, service, now }: SigningScope,
  seconds: number,
): URL {
  const time = timeOf(now);
  const scope = scopeOf(time, region, service);
  const all = { ...headers, host: url.host };
  const query = {
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(seconds),
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': Object.keys(all)
      .map((name) => name.toLowerCase())
      .sort()
      .join(';'),
  };
  const signed = new URL(url);
  const pairs = [...url.searchParams, ...Object.entries(query)];
  signed.search = pairs.map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`).join('&');
  const { text } = canonical({ method, url: signed, headers, payload }, all);
  signed.search += `&X-Amz-Signature=${signatureOf(text, time, secretAccessKey, { region, service })}`;
  return signed;
}

/** Percent-encodes all but RFC 3986's unreserved characters, as AWS does. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonical(
  { method, url, payload }: UnsignedRequest,
  headers: Readonly<Record<string, string>>,
): { readonly text: string; readonly names: string } {
  const query = [...url.searchParams]
    .map(([name, value]) => [encodeRfc3986(name), encodeRfc3986(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`);
  const lines = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .sort(([a], [b]) => compare(a, b));
  const names = lines.map(([name]) => name).join(';');
  const signed = lines.map(([name, value]) => `${name}:${value}\n`).join('');
  return { text: [method, url.pathname, query.join('&'), signed, names, payload].join('\n'), names };
}

function timeOf(now: Date): string {
  return now.toISOString().replace(/[:-]|\.\d{3}/g, '');
}

function scopeOf(time: string, region: string, service: string): string {
  return `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** Hex signature of a canonical request, given as its text, at `time` such as `20171224T115320Z`. */
export function signatureOf(
  text: string,
  time: string,
  secretAccessKey: string,
  { region, service }: Pick<SigningScope, 'region' | 'service'>,
): string {
  const toSign = [ALGORITHM, time, scopeOf(time, region, service), sha256Hex(text)].join('\n');
  const parts = [time.slice(0, 8), region, service, 'aws4_request'];
  const key = parts.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
