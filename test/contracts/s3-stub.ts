import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a stub does with one request before it answers as usual: the whole answer, or nothing. */
export type Trouble = (request: IncomingMessage, response: ServerResponse) => 'answered' | 'go on' | 'lose';

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly id: string;
}

/** An S3 of one bucket whose n-th request meets the n-th trouble; enough for put, get and head. */
export async function startS3Stub(troubles: readonly Trouble[]) {
  const objects = new Map<string, Stored>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const trouble = troubles[requests.length] ?? (() => 'go on');
    requests.push(`${request.method}`);
    const body = await bytesOf(request);
    const does = trouble(request, response);
    if (does === 'answered') return;
    answer(objects, request, body, response, does === 'lose');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'stub', secretAccessKey: 'stub' };
  const access = { region: 'eu-central-1', endpoint: `http://127.0.0.1:${port}`, credentials };
  return { access, objects, requests };
}

/** A refusal in S3's words. */
export function refusal(status: number, code: string): Trouble {
  return (request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>${request.url} was refused</Message></Error>`);
    return 'answered';
  };
}

/** Nothing in the way. */
export const fine: Trouble = () => 'go on';

/** The request is carried out, its answer never comes. */
export const lost: Trouble = () => 'lose';

/** The answer begins, and breaks off. */
export const brokenOff: Trouble = (_, response) => {
  response.writeHead(200, { 'content-length': 1000, etag: '"x"' });
  response.write('half');
  setTimeout(() => response.destroy(), 20);
  return 'answered';
};

/** The answer is whole, and not what its checksum says. */
export const damaged: Trouble = (_, response) => {
  response.writeHead(200, { 'content-length': 4, etag: '"x"', 'x-amz-checksum-crc32': 'AAAAAA==' });
  response.end('junk');
  return 'answered';
};

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(
  objects: Map<string, Stored>,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  lose: boolean,
): void {
  const key = new URL(request.url ?? '/', 'http://stub').pathname;
  const stored = objects.get(key);
  const end = (status: number, headers: Record<string, string> = {}, content: Buffer | string = '') => {
    if (lose) response.destroy();
    else response.writeHead(status, headers).end(content);
  };
  if (request.method === 'PUT') {
    if (stored !== undefined && request.headers['if-none-match'] === '*') {
      end(412, {}, '<Error><Code>PreconditionFailed</Code></Error>');
      return;
    }
    const etag = `"${objects.size}"`;
    objects.set(key, { body, etag, id: String(request.headers['x-amz-meta-sluice-put']) });
    end(200, { etag });
  } else if (stored === undefined) end(404, {}, '<Error><Code>NoSuchKey</Code></Error>');
  else end(200, { etag: stored.etag, 'x-amz-meta-sluice-put': stored.id }, stored.body);
}
