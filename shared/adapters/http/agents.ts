import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { Fault, messageOf } from '../../core/failures.ts';
import type { HttpRequest } from '../../ports.ts';

/** Whom a connection trusts, and as whom. */
type TrustIdentity = Pick<HttpRequest, 'ca' | 'clientCertificate' | 'trustAnyCertificate'>;

/** Connections of one trust identity (CA and client certificate); never shared with another one. */
export interface Agents {
  pick(protocol: string, identity: TrustIdentity): HttpAgent | HttpsAgent;
}

// Idle sockets kept per host; a worker talks to few hosts, several times each.
const MAX_FREE_SOCKETS = 16;
// Trust identities whose connections are kept; the oldest goes first.
const MAX_IDENTITIES = 64;

/** Keep-alive agents, one for plain HTTP and one per trust identity for HTTPS. */
export function createAgents(): Agents {
  const plain = new HttpAgent({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS });
  const byIdentity = new Map<string, HttpsAgent>();
  return {
    pick(protocol, identity) {
      if (protocol === 'http:') return plain;
      const key = keyOf(identity);
      const known = byIdentity.get(key);
      if (known) return known;
      const agent = secureAgent(identity);
      byIdentity.set(key, agent);
      const oldest = byIdentity.entries().next().value;
      if (byIdentity.size > MAX_IDENTITIES && oldest) {
        byIdentity.delete(oldest[0]);
        oldest[1].destroy();
      }
      return agent;
    },
  };
}

// One context per identity: parsing the system's roots costs tens of milliseconds, once instead of per connection.
function secureAgent({ ca, clientCertificate, trustAnyCertificate }: TrustIdentity): HttpsAgent {
  try {
    const secureContext = createSecureContext({
      ...(ca ? { ca: [...getCACertificates('default'), ca] } : {}),
      ...(clientCertificate ? { cert: clientCertificate.certificate, key: clientCertificate.key } : {}),
    });
    const rejectUnauthorized = trustAnyCertificate !== true;
    return new HttpsAgent({
      keepAlive: true,
      maxFreeSockets: MAX_FREE_SOCKETS,
      secureContext,
      rejectUnauthorized,
    });
  } catch (error) {
    throw new Fault('invalid', `unusable CA or client certificate: ${messageOf(error)}`, {}, error);
  }
}

function keyOf({ ca, clientCertificate, trustAnyCertificate = false }: TrustIdentity): string {
  if (!ca && !clientCertificate && !trustAnyCertificate) return '';
  const parts = [ca, clientCertificate?.certificate, clientCertificate?.key, trustAnyCertificate];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
