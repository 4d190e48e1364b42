import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ChartFiles, packCharts } from '../../servers/helm.ts';

/** A chart repository of plain files for the tests of a whole file. */
export interface LastingMuseum {
  readonly url: string;
  readonly files: Map<string, Uint8Array>;
  stop(): Promise<void>;
}

/** Serves charts, packed and listed by the real helm. */
export async function openLastingMuseum(
  charts: readonly ChartFiles[],
  allows: (request: IncomingMessage) => boolean = () => true,
  tls?: ServerOptions,
): Promise<LastingMuseum> {
  const { packed, index } = await packCharts(charts);
  const files = new Map<string, Uint8Array>(packed.map(({ file, body }) => [`/${file}`, body]));
  files.set('/index.yaml', Buffer.from(index));
  const server = (tls ? createSecureServer.bind(undefined, tls) : createServer)((request, response) => {
    const body = files.get(request.url ?? '');
    if (!allows(request)) response.writeHead(401).end();
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    files,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
