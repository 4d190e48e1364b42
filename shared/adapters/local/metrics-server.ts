import { createServer } from 'node:http';
import { type Listening, listen } from './listen.ts';

/** Upstream's path. */
const PATH = '/metrics';
/** Prometheus' text format. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Serves `text` at `/metrics` to whoever reaches `host`; 0, or a port in use, lets the system choose. */
export async function serveMetrics(text: () => string, host: string, port: number): Promise<Listening> {
  const server = createServer((request, response) => {
    const isAsked = /^(?:GET|HEAD)$/.test(request.method ?? '') && request.url?.split('?')[0] === PATH;
    if (!isAsked) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPE });
    response.end(request.method === 'HEAD' ? undefined : text());
  });
  const { url, close } = await listen(server, host, port);
  return { url: url + PATH, close };
}
