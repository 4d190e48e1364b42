import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { ProbeCall } from '../../../shared/adapters/kubernetes/probe.ts';
import { messageOf } from '../../../shared/core/failures.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Ours: how long a handshake may take, in milliseconds. */
const HANDSHAKE_MS = 5_000;
/** Ours: from then on a certificate's end is told, in days; certificates are usually renewed a month before. */
const SOON_DAYS = 21;
const DAY_MS = 86_400_000;

/** Whether the server's certificate is one that we trust, and until when. */
export async function certificateFinding(
  where: string,
  { server, ca, tlsServerName }: ProbeCall,
  now: Date,
): Promise<readonly Finding[]> {
  const url = new URL(server);
  const [until, untrusted] = await ask(url, ca, tlsServerName).catch(() => []);
  // That nobody answers is said by who asks the cluster.
  if (!until) return [];
  const days = Math.floor((until.getTime() - now.getTime()) / DAY_MS);
  const end = until.toISOString().slice(0, 10);
  const renew = `renew the certificate of ${url.host}`;
  if (days < 0) return [problem(where, `its certificate ended on ${end}`, renew)];
  if (untrusted !== undefined) {
    const todo = `"sluice cluster add" with a kubeconfig that has the right certificate-authority-data`;
    return [problem(where, `its certificate is not trusted: ${untrusted}`, todo)];
  }
  if (days < SOON_DAYS) return [warning(where, `its certificate ends on ${end}, in ${days} days`, renew)];
  return [ok(where, `its certificate is trusted and ends on ${end}`)];
}

/** The certificate's end, and why it is not trusted, if it is not. */
function ask(
  url: URL,
  ca: string | undefined,
  tlsServerName: string | undefined,
): Promise<readonly [Date, string | undefined]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Unasked, Node names nobody, and a server of several shows the certificate of another.
  const servername = tlsServerName ?? (isIP(host) === 0 ? host : undefined);
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      // Nothing is sent: whom it is not we also want to know.
      {
        host,
        port: Number(url.port || 443),
        rejectUnauthorized: false,
        timeout: HANDSHAKE_MS,
        ...(ca && { ca }),
        ...(servername && { servername }),
      },
      () => {
        const { valid_to: until } = socket.getPeerCertificate();
        const reason = socket.authorizationError;
        socket.destroy();
        resolve([new Date(until), socket.authorized ? undefined : messageOf(reason)]);
      },
    );
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}
