import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { parseJson, toJson } from '../../../../shared/core/json.ts';
import type { Access, VirtualResources } from '../access.ts';
import type { ApiError } from '../api-error.ts';
import type { Api, Catalog, Nature, User } from '../model.ts';
import type { Format } from './accept.ts';
import type { ReadCertificate } from './presented.ts';
import { toStatus } from './status.ts';

/** A document of `/openapi/`. */
export interface OpenApiDocument {
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Changes with the document, without quotes. */
  readonly etag?: string;
}

/** What one cluster serves over HTTP. */
export interface Served {
  readonly api: Api;
  readonly catalog: Catalog;
  readonly access: Access;
  readonly virtual: VirtualResources;
  readonly nature: Nature;
  readonly readCertificate: ReadCertificate;
  /** The `gitVersion` of `/version`, such as `v1.36.3+sluice-embedded`. */
  readonly version: string;
  /** Documents by path, such as `/openapi/v3`, and by what the client accepts; undefined where there is none. */
  readonly openApi: (path: string, accept: string) => OpenApiDocument | undefined;
  /** Told of faults of our own. */
  readonly log: (line: string) => void;
  /** How to end each watch that is open. */
  readonly watches: Set<() => void>;
  /** Host and port where clients reach it. */
  readonly address: string;
}

/** One request after it was found who asks and that they may. */
export interface Exchange {
  readonly served: Served;
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly user: User;
  readonly format: Format;
  readonly body: Buffer;
}

/** A header that is said once. */
export function header({ headers }: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** What is sent back at once. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An answer of `json` in the encoding of `format`; `warnings` become headers. */
export function jsonAnswer(
  code: number,
  json: string,
  format: Pick<Format, 'encoding'>,
  warnings: readonly string[] = [],
): Answer {
  const isYaml = format.encoding === 'yaml';
  return {
    code,
    contentType: `application/${format.encoding}`,
    body: isYaml ? toYaml(json) : `${json}\n`,
    ...(warnings.length > 0 && { headers: { Warning: [...new Set(warnings)].map(warningHeader) } }),
  };
}

/** The Status of a refusal as an answer. */
export function refusal(error: ApiError, format: Pick<Format, 'encoding'> = { encoding: 'json' }): Answer {
  const answer = jsonAnswer(error.code, toJson(toStatus(error)), format);
  const seconds = error.details?.retryAfterSeconds;
  return seconds === undefined ? answer : { ...answer, headers: { 'Retry-After': String(seconds) } };
}

/** Plain text, which browsers may not take for anything else. */
export function textAnswer(code: number, body: string): Answer {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  return { code, contentType: 'text/plain; charset=utf-8', body, headers };
}

/** The answer for paths that nobody has heard of. */
export function pageNotFound(): Answer {
  return textAnswer(404, '404 page not found\n');
}

/** `answer`, or 304 when the client has it already. */
export function unlessKnown(answer: Answer, etag: string, known: string | undefined): Answer {
  const quoted = `"${etag}"`;
  const headers = { ...answer.headers, ETag: quoted, Vary: 'Accept' };
  if (known !== quoted) return { ...answer, headers };
  return { code: 304, contentType: '', body: '', headers };
}

/** A tag of the content of a document. */
export function etagOf(content: string): string {
  return createHash('sha512').update(content).digest('hex').toUpperCase();
}

function toYaml(json: string): string {
  return stringify(parseJson(json), { sortMapEntries: true, version: '1.1', lineWidth: 0 });
}

// RFC 7234 warn-text is a quoted string; Node takes header bytes as Latin-1.
function warningHeader(text: string): string {
  const safe = text.replace(/\p{Cc}+/gu, ' ').replace(/["\\]/g, '\\$&');
  return `299 - "${Buffer.from(safe, 'utf8').toString('latin1')}"`;
}
