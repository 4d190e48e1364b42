import { createServer as createWebServer, type IncomingMessage, request as send } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy that alone knows names, as those inside of a closed network do. */
export interface NamingProxy {
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** `CONNECT host:port`, `GET http://host/path` or `SOCKS host:port`, as they were asked for. */
  readonly asked: string[];
  readonly stop: () => void;
}

/** Forwards HTTP and makes tunnels to where `places` says that `host:port` is, a port of the loopback. */
export async function startNamingProxy(
  places: Readonly<Record<string, number>>,
  authorization?: string,
): Promise<NamingProxy> {
  const asked: string[] = [];
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    authorization === undefined || headers['proxy-authorization'] === authorization;
  const server = createWebServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '', 'http://nowhere');
    asked.push(`${incoming.method} ${url.href}`);
    const port = places[`${url.hostname}:${url.port || 80}`];
    if (!isKnown(incoming)) return void outgoing.writeHead(407).end();
    if (port === undefined) return void outgoing.writeHead(502).end();
    const { method, headers } = incoming;
    const path = `${url.pathname}${url.search}`;
    const onward = send({ host: '127.0.0.1', port, path, ...(method && { method }), headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const port = places[incoming.url ?? ''];
    if (!isKnown(incoming)) return void socket.end('HTTP/1.1 407 Who are you\r\n\r\n');
    if (port === undefined) return void socket.end('HTTP/1.1 502 No such host\r\n\r\n');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      join(socket, onward);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, asked, stop };
}

/** The same by SOCKS5 (RFC 1928), without a login, for names. */
export async function startNamingSocks(places: Readonly<Record<string, number>>): Promise<NamingProxy> {
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (message: Buffer) => {
        const end = 5 + (message[4] ?? 0);
        const target = `${message.subarray(5, end)}:${message.readUInt16BE(end)}`;
        asked.push(`SOCKS ${target}`);
        const port = places[target];
        const answer = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
        if (port === undefined) return void socket.end(answer(4));
        const onward = connect(port, '127.0.0.1', () => {
          socket.write(answer(0));
          join(socket, onward);
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `socks5://127.0.0.1:${port}`, asked, stop: () => void server.close() };
}

function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
