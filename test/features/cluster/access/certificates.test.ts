import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { makeCertificate } from '../../../../infra/local/cluster/access/certificate.ts';
import {
  clientCertificate,
  type Identity,
  keepIdentity,
  makeIdentity,
  makeServerIdentity,
  readClientCertificate,
} from '../../../../infra/local/cluster/access/identity.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';

const NOW = new Date();
const YEAR_MS = 365 * 86_400_000;
const shared = makeServerIdentity(NOW);

/** Shows `client` to a server with `identity`, and returns what the server reads of it. */
async function shown(
  identity: Identity,
  options: { readonly servername?: string; readonly client?: { certificate: string; key: string } } = {},
): Promise<ReturnType<typeof readClientCertificate>> {
  const { certificate: cert, key } = identity.server;
  const server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const met = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const { client, servername = 'localhost' } = options;
  const socket = connect({
    ...{ host: '127.0.0.1', port, servername, ca: identity.authority.certificate },
    ...(client && { cert: client.certificate, key: client.key }),
  });
  try {
    const [[met1]] = await Promise.all([met, once(socket, 'secureConnect')]);
    const raw = met1.getPeerX509Certificate()?.raw;
    return raw && readClientCertificate(identity, raw, NOW);
  } finally {
    socket.destroy();
    server.close();
  }
}

describe('the server', () => {
  test.each(['localhost', 'kubernetes.default.svc'])('is known as %s', async (servername) => {
    await expect(shown(makeIdentity(shared, NOW), { servername })).resolves.toBeUndefined();
  });

  test('is not known by a name that is not its own', async () => {
    const identity = makeIdentity(shared, NOW);

    const talk = shown(identity, { servername: 'example.org' });

    await expect(talk).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  test('is not known by the authority of another process', async () => {
    const identity = makeIdentity({ ...makeServerIdentity(NOW), server: shared.server }, NOW);

    // OpenSSL says it in one of two ways, by the names of the authorities.
    await expect(shown(identity)).rejects.toThrow(/certificate signature failure|unable to verify/);
  });
});

describe('a client certificate', () => {
  test('carries the user and the groups', async () => {
    const identity = makeIdentity(shared, NOW);
    const client = clientCertificate(identity, 'jane', ['devs', 'system:masters', 'ümlaut'], NOW);

    const subject = await shown(identity, { client });

    expect(subject).toEqual({
      commonName: 'jane',
      organizations: ['devs', 'system:masters', 'ümlaut'],
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('without groups is a user alone', async () => {
    const identity = makeIdentity(shared, NOW);

    const subject = await shown(identity, { client: clientCertificate(identity, 'jane', [], NOW) });

    expect(subject).toMatchObject({ commonName: 'jane', organizations: [] });
  });

  test('of another cluster in the same process is nobody', async () => {
    const other = makeIdentity(shared, NOW);

    const client = clientCertificate(other, 'jane', ['system:masters'], NOW);

    await expect(shown(makeIdentity(shared, NOW), { client })).resolves.toBeUndefined();
  });

  const identity = makeIdentity(shared, NOW);
  const read = (uses: readonly ('server' | 'client')[], notBefore: Date, notAfter: Date) => {
    const { certificate } = makeCertificate(
      { commonName: 'jane', uses, notBefore, notAfter },
      identity.clients,
    );
    const der = Buffer.from(certificate.replace(/-----[A-Z ]+-----|\n/g, ''), 'base64');
    return readClientCertificate(identity, der, NOW);
  };
  const [past, future] = [new Date(NOW.getTime() - YEAR_MS), new Date(NOW.getTime() + YEAR_MS)];
  const [longPast, farFuture] = [
    new Date(NOW.getTime() - 2 * YEAR_MS),
    new Date(NOW.getTime() + 2 * YEAR_MS),
  ];

  test('must be valid now', () => {
    expect(read(['client'], past, future)).toMatchObject({ commonName: 'jane' });
    expect(read(['client'], longPast, past)).toBeUndefined();
    expect(read(['client'], future, farFuture)).toBeUndefined();
  });

  test('must be for clients', () => {
    expect(read(['server'], past, future)).toBeUndefined();
    expect(read([], past, future)).toBeUndefined();
  });

  test('signed by itself under the name of the authority is nobody', () => {
    const forged = makeIdentity(shared, NOW);
    const { certificate } = clientCertificate(forged, 'jane', ['system:masters'], NOW);
    const der = Buffer.from(certificate.replace(/-----[A-Z ]+-----|\n/g, ''), 'base64');

    expect(readClientCertificate(identity, der, NOW)).toBeUndefined();
  });
});

test('a client certificate whose text was changed is nobody’s', () => {
  const identity = makeIdentity(shared, NOW);
  const { certificate } = clientCertificate(identity, 'jane', [], NOW);
  const der = Buffer.from(certificate.replace(/-----[A-Z ]+-----|\n/g, ''), 'base64');
  der.write('root', der.indexOf('jane'));

  expect(readClientCertificate(identity, der, NOW)).toBeUndefined();
});

describe('an identity', () => {
  test('is kept with the state', () => {
    const store = openStore({ nature: { uuid: () => 'u' } });

    const first = keepIdentity(store, shared, NOW);
    const second = keepIdentity(store, makeServerIdentity(NOW), NOW);

    expect(second).toEqual({ ...first });
    expect(second.tokenKey).toContain('PRIVATE KEY');
  });

  test('lasts ten years', () => {
    const identity = makeIdentity(shared, NOW);
    const { certificate } = clientCertificate(identity, 'jane', [], NOW);
    const der = Buffer.from(certificate.replace(/-----[A-Z ]+-----|\n/g, ''), 'base64');
    const inYears = (years: number) => new Date(NOW.getTime() + years * YEAR_MS);

    expect(readClientCertificate(identity, der, inYears(9.9))).toBeDefined();
    expect(readClientCertificate(identity, der, inYears(10.1))).toBeUndefined();
  });
});
