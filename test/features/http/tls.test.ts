import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { serve } from './web-server.ts';

const RULE = { loopback: true, privateRanges: false };
const http = createHttp(RULE);
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

describe('TLS', () => {
  test('[GR-10 ca] a private CA is trusted where it is given, and nowhere else', async () => {
    const url = await server();

    expect((await http.request(to(url, { ca: authority.ca }))).status).toBe(200);
    const fault = await faultOf(http.request(to(url)), 'unreachable');
    expect(fault.message).toMatch(/self-signed|unable to verify/);
  });

  test("[COM-21 system-pool] a private CA comes beside the system's, not in their place", async () => {
    const before = getCACertificates('default');
    onTestFinished(() => setDefaultCACertificates(before));
    setDefaultCACertificates([...before, authority.ca]);
    const { ca: another } = await createAuthority();

    const { status } = await createHttp(RULE).request(to(await server(), { ca: another }));

    expect(status).toBe(200);
  });

  test('[GR-10 mtls] the client certificate is shown, on connections of its own', async () => {
    const url = await server();
    const { ca, client } = authority;

    const without = await http.request(to(url, { ca }));
    const shown = await http.request(to(url, { ca, clientCertificate: client }));
    const again = await http.request(to(url, { ca }));

    expect([without, shown, again].map(({ body }) => Buffer.from(body).toString())).toEqual([
      'none',
      'client',
      'none',
    ]);
  });

  test('a CA or certificate that is none is the user to correct', async () => {
    const url = await server();

    await faultOf(http.request(to(url, { clientCertificate: { certificate: 'x', key: 'y' } })), 'invalid');
  });
});

function server(): Promise<string> {
  const { ca, server: pair } = authority;
  const options = { cert: pair.certificate, key: pair.key, ca, requestCert: true, rejectUnauthorized: false };
  return serve((request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.end(String(subject?.CN ?? 'none'));
  }, options);
}

function to(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, signal: AbortSignal.timeout(5000), maxBytes: 1000, ...more };
}
