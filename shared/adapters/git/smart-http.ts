import { Fault } from '../../core/failures.ts';
import type { GitAddress, Http, HttpAnswer } from '../../ports.ts';
import type { GitAccess } from './authorization.ts';
import { mostBytes, type Transport } from './transport.ts';

const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';
const REQUEST = 'application/x-git-upload-pack-request';
const RESULT = 'application/x-git-upload-pack-result';
/** Smart HTTP for one repository and one identity; faults as the Git port says, texts without URL and credentials. */
export function createSmartHttp(
  http: Http,
  access: GitAccess,
  { auth, proxy }: GitAddress,
  signal: AbortSignal,
): Transport {
  const identity = {
    signal,
    ...(proxy ? { proxy } : {}),
    ...(auth.ca ? { ca: auth.ca } : {}),
    ...(auth.clientCertificate ? { clientCertificate: auth.clientCertificate } : {}),
  };
  const credentials = access.authorization ? { authorization: access.authorization } : {};
  return {
    async advertise() {
      const answer = await http.request({
        ...identity,
        method: 'GET',
        url: `${access.base}/info/refs?service=git-upload-pack`,
        headers: { ...credentials, accept: `${ADVERTISEMENT}, */*`, 'git-protocol': 'version=2' },
        maxBytes: mostBytes('refs'),
      });
      refuseStatus(answer.status);
      refuseOtherContent(answer);
      return { body: asBuffer(answer.body), moved: baseOf(answer.url, access.base) };
    },
    async ask(base, body, version, expected) {
      const trusted = new URL(base).host === new URL(access.base).host || !access.authorization;
      const pack = expected !== 'refs';
      const answer = await http.request({
        ...identity,
        method: 'POST',
        url: `${base}/git-upload-pack`,
        headers: {
          ...(trusted ? credentials : {}),
          accept: RESULT,
          'content-type': REQUEST,
          // packs are compressed already
          ...(pack ? { 'accept-encoding': 'identity' } : {}),
          ...(version === 2 ? { 'git-protocol': 'version=2' } : {}),
        },
        body: Buffer.from(body),
        maxBytes: mostBytes(expected),
        maxRedirects: 0,
        idempotent: true,
      });
      if (answer.status === 401 || answer.status === 403 || answer.status === 429)
        refuseStatus(answer.status);
      if (answer.status >= 500) refuseStatus(answer.status);
      const wanted = answer.status === 200 && mediaTypeOf(answer) === RESULT && answer.body.length > 0;
      return wanted ? asBuffer(answer.body) : undefined;
    },
  };
}

function refuseStatus(status: number): void {
  if (status === 200) return;
  if (status === 401) throw new Fault('unauthorized', 'authentication required', { status });
  if (status === 403) throw new Fault('unauthorized', 'authorization failed', { status });
  if (status === 404 || status === 410) throw new Fault('not-found', 'repository not found', { status });
  if (status === 429) throw new Fault('throttled', 'the Git server limits the rate of requests', { status });
  throw new Fault('server-error', `unexpected status ${status} of the Git server`, { status });
}

function refuseOtherContent(answer: HttpAnswer): void {
  const type = mediaTypeOf(answer);
  if (type === ADVERTISEMENT) return;
  const dumb = /^[0-9a-f]{40}\trefs\//.test(Buffer.from(answer.body.subarray(0, 64)).toString('latin1'));
  if (dumb || answer.body.length === 0)
    throw new Fault('unsupported', 'the server speaks only the dumb HTTP protocol of Git', { type });
  throw new Fault('malformed', 'there is no Git repository at this URL', { type });
}

function mediaTypeOf(answer: HttpAnswer): string {
  return (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function baseOf(url: string, fallback: string): string {
  const { origin, pathname } = new URL(url);
  return pathname.endsWith('/info/refs') ? `${origin}${pathname.slice(0, -'/info/refs'.length)}` : fallback;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
