import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bucket as the documentation of the JSON API has it, and who may read it. */
export interface GoogleObjectsOptions {
  readonly bucket: string;
  readonly objects: Record<string, string>;
  /** Who shows this token; everybody without one. */
  readonly token?: string;
  /** Objects a page; all unless said. */
  readonly page?: number;
  /** Called before bytes are answered. */
  readonly beforeMedia?: (name: string) => void;
}

/** Google Cloud Storage on loopback: list, describe and get. */
export interface GoogleObjects {
  readonly url: string;
  /** Paths with queries. */
  readonly asked: string[];
  readonly stop: () => void;
}

/** The etag of an object's text. */
export function googleEtag(body: string): string {
  return `C${createHash('sha256').update(body).digest('base64').slice(0, 10)}=`;
}

/** Starts one on a free port. */
export async function startGoogleObjects(options: GoogleObjectsOptions): Promise<GoogleObjects> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const url = new URL(request.url ?? '/', 'http://google');
    const { token } = options;
    const isAllowed = token === undefined || request.headers.authorization === `Bearer ${token}`;
    const [status, body] = isAllowed
      ? answerTo(options, url)
      : refusal(401, 'Anonymous caller does not have storage.objects.list access');
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => void server.close() };
}

function answerTo(options: GoogleObjectsOptions, url: URL): readonly [number, string] {
  const { bucket, objects, page = 1000 } = options;
  const [, , , , named, , key] = url.pathname.split('/').map(decodeURIComponent);
  if (named !== bucket) return refusal(404, 'The specified bucket does not exist.');
  const { prefix = '', pageToken = '0', alt, ifGenerationMatch } = Object.fromEntries(url.searchParams);
  if (key === undefined) {
    const names = Object.keys(objects).filter((one) => one.startsWith(prefix));
    const from = Number(pageToken);
    const items = names.slice(from, from + page).map((name) => described(name, objects[name] ?? ''));
    const next = from + page < names.length ? { nextPageToken: String(from + page) } : {};
    return [200, JSON.stringify({ kind: 'storage#objects', ...next, ...(items.length > 0 && { items }) })];
  }
  if (alt === 'media') options.beforeMedia?.(key);
  const body = objects[key];
  if (body === undefined) return refusal(404, `No such object: ${bucket}/${key}`);
  const about = described(key, body);
  if (alt !== 'media') return [200, JSON.stringify(about)];
  if (ifGenerationMatch !== about.generation) return refusal(412, 'conditionNotMet');
  return [200, body];
}

function described(name: string, body: string) {
  const generation = String(Number.parseInt(createHash('sha256').update(body).digest('hex').slice(0, 8), 16));
  return { name, etag: googleEtag(body), generation, size: String(Buffer.byteLength(body)) };
}

function refusal(code: number, message: string): readonly [number, string] {
  return [code, JSON.stringify({ error: { code, message, errors: [] } })];
}
