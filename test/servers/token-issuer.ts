import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from './certificate.ts';

/** Who the API servers of the tests say they are. */
const ISSUER = 'https://kubernetes.default.svc';

/** A cluster's issuer of tokens, as other API servers ask for its keys. */
export interface TokenIssuer {
  /** Writes the configuration of an API server that trusts it to `path`, and returns the flags that name it. */
  readonly flags: (path: string, prefix: string, audiences: readonly string[]) => readonly string[];
  readonly stop: () => void;
}

/** Serves the keys of an API server's issuer on a free port of the loopback, where nobody has to log in. */
export async function startTokenIssuer(access: {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}): Promise<TokenIssuer> {
  const keys = await keysOf(access);
  const { certificate, key } = makeCertificate();
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    const jwks_uri = `https://127.0.0.1:${port}/keys`;
    const about = { issuer: ISSUER, jwks_uri, id_token_signing_alg_values_supported: ['RS256'] };
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/keys' ? keys : JSON.stringify(about));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const discoveryURL = `https://127.0.0.1:${port}/discovery`;
  return {
    flags: (path, prefix, audiences) => {
      const issuer = { url: ISSUER, discoveryURL, certificateAuthority: certificate, audiences };
      const jwt = [{ issuer, claimMappings: { username: { claim: 'sub', prefix } } }];
      const kind = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration' };
      writeFileSync(path, JSON.stringify({ ...kind, jwt }));
      return [`--authentication-config=${path}`];
    },
    stop: () => void server.close(),
  };
}

/** The issuer's public keys, which an API server serves in one format alone. */
async function keysOf({
  server,
  ca,
  token,
}: {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}): Promise<string> {
  const asked = get(`${server}/openid/v1/jwks`, { ca, headers: { authorization: `Bearer ${token}` } });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return (await answer.toArray()).join('');
}
