import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

interface Handler {
  readonly path: string;
  fn(body: string): Promise<{ readonly statusCode: number; readonly response: string }>;
}

/** The parts of `@sigstore/mock` that are used. */
interface Mock {
  initializeCTLog(key: unknown): Promise<unknown>;
  initializeCA(key: unknown, log: unknown): Promise<{ readonly rootCertificate: Uint8Array }>;
  initializeTLog(url: string, key: unknown): Promise<unknown>;
  fulcioHandler(ca: unknown): Handler;
  rekorHandler(log: unknown): Handler;
}

/** Certificate authority and transparency log for `cosign sign`, over `@sigstore/mock` in `directory`. */
export async function startSigstore(directory: string) {
  const mock = createRequire(`${directory}/package.json`)('@sigstore/mock') as Mock;
  const keys = { log: newKey(), certificates: newKey(), authority: newKey() };
  const handlers: Handler[] = [];
  const server = createServer((request, response) => void answer(handlers, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ca = await mock.initializeCA(keys.authority, await mock.initializeCTLog(keys.certificates));
  handlers.push(mock.fulcioHandler(ca), mock.rekorHandler(await mock.initializeTLog(url, keys.log)));
  const validFor = { start: '2020-01-01T00:00:00Z' };
  const trustedRoot = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [logOf(url, keys.log.publicKey)],
    ctlogs: [logOf(url, keys.certificates.publicKey)],
    certificateAuthorities: [
      { uri: url, certChain: { certificates: [{ rawBytes: base64(ca.rootCertificate) }] }, validFor },
    ],
    timestampAuthorities: [],
  };
  return { url, trustedRoot, keys, stop: () => server.close() };
}

async function answer(handlers: readonly Handler[], request: IncomingMessage, response: ServerResponse) {
  const { url = '', headers } = request;
  let body = '';
  for await (const chunk of request) body += chunk;
  const handler = handlers.find(({ path }) => url.startsWith(path));
  if (handler === undefined) return response.writeHead(404).end('{}');
  const isLog = url.startsWith('/api/v1/log/entries');
  const asked = JSON.parse(body) as Record<string, unknown>;
  // The mock reads the token from the body alone, and keeps DSSE entries as they are proposed.
  asked.credentials ??= { oidcIdentityToken: headers.authorization?.replace(/^Bearer /i, '') };
  if (isLog) delete asked.credentials;
  if (isLog && asked.kind === 'dsse') asked.spec = dsseEntry(asked.spec as Proposed);
  const { statusCode, response: text } = await handler.fn(JSON.stringify(asked));
  const uuid = isLog ? Object.keys(JSON.parse(text))[0] : undefined;
  const entry = uuid === undefined ? {} : { etag: uuid, location: `/api/v1/log/entries/${uuid}` };
  return response
    .writeHead(isLog ? statusCode : 200, { 'content-type': 'application/json', ...entry })
    .end(text);
}

interface Proposed {
  readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] };
}

/** As Rekor keeps an envelope: by its digests. */
function dsseEntry({ proposedContent: { envelope, verifiers } }: Proposed) {
  const { payload, signatures } = JSON.parse(envelope) as { payload: string; signatures: { sig: string }[] };
  const hash = (data: string | Buffer) => ({ algorithm: 'sha256', value: sha256(data).toString('hex') });
  return {
    envelopeHash: hash(envelope),
    payloadHash: hash(Buffer.from(payload, 'base64')),
    signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
  };
}

function logOf(baseUrl: string, key: KeyObject) {
  const rawBytes = key.export({ type: 'spki', format: 'der' });
  const validFor = { start: '2020-01-01T00:00:00Z' };
  return {
    baseUrl,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(rawBytes), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
    logId: { keyId: base64(sha256(rawBytes)) },
  };
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
