import { execFileSync } from 'node:child_process';
import { constants, createHmac, generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import { azureAddress } from '../../../shared/artifact/bucket/azure-address.ts';
import { asNobody, byAccountKey, byToken } from '../../../shared/artifact/bucket/azure-proof.ts';
import { openAzure } from '../../../shared/artifact/bucket/azure-reader.ts';
import { authorityOf, certificateIn, entraToken } from '../../../shared/artifact/bucket/entra-token.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { createAuthority } from '../../servers/certificates.ts';
import { serve } from '../http/web-server.ts';

const http = createHttp({ loopback: true, privateRanges: true });
const within = { http, clock: systemClock, signal: AbortSignal.timeout(10_000) };

/** A reader of a server that answers as a test says. */
async function containerAt(answer: (response: ServerResponse) => void) {
  const asked: string[] = [];
  const endpoint = await serve((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  const address = azureAddress({ endpoint, bucketName: 'apps' });
  return { reader: openAzure(address, { ...within, prove: asNobody }), asked };
}

/** A key behind a passphrase and its certificate, PEM. */
function rsaCertificate(passphrase: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const sealed = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
  const pem = String(privateKey.export(sealed));
  const place = mkdtempSync(join(tmpdir(), 'sluice-azure-'));
  try {
    writeFileSync(join(place, 'key'), pem);
    const args = ['req', '-x509', '-new', '-key', join(place, 'key'), '-passin', `pass:${passphrase}`];
    const own = execFileSync('openssl', [...args, '-subj', '/CN=app', '-days', '1'], { stdio: 'pipe' });
    return `${pem}${own}`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const page = (inner: string): string => `<EnumerationResults>${inner}</EnumerationResults>`;
const blob = (name: string): string =>
  `<Blob><Name>${name}</Name><Properties><Etag>e</Etag><Content-Length>1</Content-Length></Properties></Blob>`;

test('Shared Key signs what the documentation says', async () => {
  const now = new Date('2015-06-26T23:39:12Z');
  const url = new URL(
    'https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=list&prefix=a%20b&timeout=20',
  );
  const key = Buffer.from('key').toString('base64');
  const text = [
    ...['GET', '', '', '', '', '', '', '', '', '', '', ''],
    ...['x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT', 'x-ms-version:2015-02-21'],
    ...['/myaccount/mycontainer', 'comp:list', 'prefix:a b', 'restype:container', 'timeout:20'],
  ].join('\n');
  const signature = createHmac('sha256', 'key').update(text).digest('base64');

  const { headers } = await byAccountKey('myaccount', key)(
    { url, headers: { 'x-ms-version': '2015-02-21' } },
    now,
  );

  expect(headers.authorization).toBe(`SharedKey myaccount:${signature}`);
});

test('a token is shown over TLS only, and not even asked for otherwise', async () => {
  let asked = 0;
  const prove = byToken(async () => `token-${++asked}`);

  await faultOf(
    prove({ url: new URL('http://acme.blob.core.windows.net/'), headers: {} }, new Date()),
    'invalid',
  );
  expect(asked).toBe(0);
});

describe('a server that answers with', () => {
  test.each<[string, FaultCode, string]>([
    ['a page of HTML', 'malformed', '<html><body>Welcome<br></body></html>'],
    ['another document', 'malformed', '<EnumerationResults/>'],
    ['nothing', 'malformed', ''],
    ['a document type', 'malformed', `<!DOCTYPE x [<!ENTITY a "b">]>${page('<Blobs/>')}`],
    ['a blob without a name', 'malformed', page('<Blobs><Blob/></Blobs>')],
    ['the same page for ever', 'malformed', page(`<Blobs>${blob('a')}</Blobs><NextMarker>m</NextMarker>`)],
    ['more than a page can be', 'too-large', page(`<Blobs>${blob('a').repeat(100_000)}</Blobs>`)],
  ])('%s is not believed', async (_name, code, body) => {
    const { reader } = await containerAt((response) => response.end(body));

    await faultOf(Array.fromAsync(reader.list('')), code);
  });

  test('a redirect is not followed', async () => {
    const { reader, asked } = await containerAt((response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );

    await faultOf(Array.fromAsync(reader.list('')), 'invalid');
    await faultOf(reader.get('a', 10), 'invalid');
    expect(asked).toHaveLength(2);
  });

  test.each<[number, string, FaultCode]>([
    [403, 'AuthorizationPermissionMismatch', 'unauthorized'],
    [404, 'ContainerNotFound', 'not-found'],
    [503, 'ServerBusy', 'throttled'],
    [500, 'InternalError', 'server-error'],
  ])('%i %s', async (status, name, code) => {
    const words = `Its words.\nRequestId:1\nTime:2026`;
    const { reader } = await containerAt((response) =>
      response.writeHead(status).end(`<Error><Code>${name}</Code><Message>${words}</Message></Error>`),
    );

    expect((await faultOf(reader.get('a', 10), code)).message).toBe(`${name}: Its words.`);
  });

  test('an object above its limit is too large, and one that is gone is none', async () => {
    const large = await containerAt((response) => response.end('x'.repeat(100)));
    const gone = await containerAt((response) =>
      response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end(),
    );

    await faultOf(large.reader.get('a', 10), 'too-large');
    expect(await gone.reader.get('a', 10)).toBeUndefined();
  });
});

describe('an application with a certificate', () => {
  test.each([true, false])('proves itself by a signature, with its chain: %s', async (sendChain) => {
    const { ca } = await createAuthority();
    const own = rsaCertificate('pass-word');
    const pem = `${ca}\n${own}`;
    const forms: URLSearchParams[] = [];
    const url = await serve((request, response) => {
      request.on('data', (chunk) => forms.push(new URLSearchParams(String(chunk))));
      request.on('end', () => response.end('{"access_token":"t"}'));
    });
    const proof = certificateIn(pem, 'pass-word', sendChain);
    const application = { tenant: 'a/b', client: 'me', authority: url, proof };

    expect(await entraToken(application, within, { uuid: () => 'once' })).toBe('t');
    const [head = '', claims = '', signature = ''] = forms[0]?.get('client_assertion')?.split('.') ?? [];
    const key = new X509Certificate(own.slice(own.indexOf('-----BEGIN CERT'))).publicKey;
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const text = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', text, { key, ...pss }, Buffer.from(signature, 'base64url'))).toBe(true);
    const { raw, fingerprint256 } = new X509Certificate(own.slice(own.indexOf('-----BEGIN CERT')));
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
    const x5c = [raw, new X509Certificate(ca).raw].map((one) => one.toString('base64'));
    expect(header).toEqual({
      ...{ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint },
      ...(sendChain && { x5c }),
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      ...{ aud: `${url}/a%2Fb/oauth2/v2.0/token`, iss: 'me', sub: 'me', jti: 'once' },
    });
  });

  test('of no RSA key, or of another one, is told without its text', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));

    for (const text of [pem, pem.replace('MI', 'XX'), `${pem}-----BEGIN CERTIFICATE-----`])
      expect(() => certificateIn(text, '', false)).toThrow(/^clientCertificate cannot be read/);
  });

  test('that is refused is told by the code, without ids', async () => {
    const described = 'AADSTS7000215: Invalid client secret provided. Trace ID: 1 Timestamp: 2026';
    const url = await serve((_request, response) =>
      response.writeHead(401).end(JSON.stringify({ error: 'invalid_client', error_description: described })),
    );
    const application = { tenant: 't', client: 'c', authority: url, proof: { secret: 'secret-word' } };

    const fault = await faultOf(entraToken(application, within, { uuid: () => '' }), 'unauthorized');
    expect(fault.message).toMatch(/ gives no token: it answered 401: invalid_client \(AADSTS7000215\)$/);
  });

  test.each(['http://login.example', 'https://a@b', 'https://x/y', 'x'])('no authority: %s', async (host) => {
    await faultOf((async () => authorityOf(host))(), 'invalid');
  });
});
