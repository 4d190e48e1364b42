import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsCall, callsOf } from './calls.ts';
import type { Lambda } from './lambda.ts';

/** AWS as the functions see it: their calls of each other, and moto behind it for everything else. */
export interface Front {
  readonly endpoint: string;
  /** Calls so far, by service. */
  readonly calls: Map<string, number>;
  /** What the functions did so far, in IAM's terms. */
  readonly done: AwsCall[];
  readonly stop: () => void;
}

/** Starts it; `lambdas` are found by the ends of their functions' names. */
export async function startFront(moto: string, lambdas: () => readonly Lambda[]): Promise<Front> {
  const calls = new Map<string, number>();
  const done: AwsCall[] = [];
  const server = createServer((request, response) => {
    const service = serviceOf(request);
    calls.set(service, (calls.get(service) ?? 0) + 1);
    const name = /\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '')?.[1];
    const told = (body: string, status: number) => done.push(...callsOf(request, body, status));
    if (name === undefined) return forward(moto, request, response, told);
    told('', 200);
    const lambda = lambdas().find((one) => name.endsWith(`-${one.name}`));
    invoke(lambda, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { endpoint: `http://127.0.0.1:${port}`, calls, done, stop };
}

/** The service in a signature's scope, of a header or of a presigned URL. */
function serviceOf({ headers, url = '' }: IncomingMessage): string {
  const scope = headers.authorization ?? decodeURIComponent(url);
  return /\/([a-z0-9]+)\/aws4_request/.exec(scope)?.[1] ?? 'unsigned';
}

function forward(
  moto: string,
  request: IncomingMessage,
  response: ServerResponse,
  told: (body: string, status: number) => void,
): void {
  const chunks: Buffer[] = [];
  const { method, url, headers } = request;
  const onward = send(new URL(url ?? '/', moto), { method, headers, agent: false }, (answer) => {
    told(Buffer.concat(chunks).toString('latin1'), answer.statusCode ?? 502);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  if (!/^\/(?:state|index|sluice-)/.test(url ?? ''))
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.pipe(onward);
}

/** Lambda's `Invoke`, answered when the function has. */
async function invoke(
  lambda: Lambda | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const payload = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  if (lambda === undefined) {
    response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{}');
    return;
  }
  try {
    response.end(JSON.stringify(await lambda.invoke(JSON.parse(payload))));
  } catch (error) {
    response.writeHead(200, { 'x-amz-function-error': 'Unhandled' });
    response.end(JSON.stringify({ errorMessage: String(error) }));
  }
}
