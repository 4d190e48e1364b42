import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate } from './certificate.ts';

/** Says whose a token is, for an API server that does not know it; undefined when nobody's. */
export type Review = (token: string) => Promise<string | undefined> | string | undefined;

/** A webhook that an API server asks about tokens, as that of EKS asks its authenticator. */
export interface TokenReviewer {
  /** Writes the API server's configuration to `path`, and returns the flags that name it. */
  readonly flags: (path: string) => readonly string[];
  readonly stop: () => void;
}

/** Starts one on a free port of the loopback. */
export async function startTokenReviewer(review: Review): Promise<TokenReviewer> {
  const { certificate, key } = makeCertificate();
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString()) as { spec: { token: string } };
      const username = await review(asked.spec.token);
      const status = { authenticated: username !== undefined, ...(username && { user: { username } }) };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...asked, status }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ca = Buffer.from(certificate).toString('base64');
  const configuration = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${port}/`, 'certificate-authority-data': ca } },
    ],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  };
  return {
    flags: (path) => {
      writeFileSync(path, JSON.stringify(configuration));
      return [
        `--authentication-token-webhook-config-file=${path}`,
        '--authentication-token-webhook-version=v1',
      ];
    },
    stop: () => void server.close(),
  };
}
