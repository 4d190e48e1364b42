import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Presented } from '../access.ts';

/** Reads a certificate (DER) that a client showed; undefined when it proves nothing to this cluster. */
export type ReadCertificate = (raw: Uint8Array) => Presented['certificate'];

const certificates = new WeakMap<TLSSocket, { readonly certificate: Presented['certificate'] }>();

/** What a request says about who sends it; a connection's certificate is read once. */
export function presentedBy(request: IncomingMessage, read: ReadCertificate): Presented {
  const socket = request.socket as TLSSocket;
  const known = certificates.get(socket) ?? { certificate: certificateOf(socket, read) };
  certificates.set(socket, known);
  return { headers: headersOf(request), certificate: known.certificate };
}

function certificateOf(socket: TLSSocket, read: ReadCertificate): Presented['certificate'] {
  // Empty when the client showed none.
  const { raw } = socket.getPeerCertificate() as { raw?: Buffer };
  return raw && read(raw);
}

// Node joins what is said twice, but a group may have a comma in its name.
function headersOf({ headers, headersDistinct }: IncomingMessage): Presented['headers'] {
  const names = Object.keys(headers).filter((name) => name.startsWith('impersonate-'));
  if (names.length === 0) return headers;
  return { ...headers, ...Object.fromEntries(names.map((name) => [name, headersDistinct[name]])) };
}
