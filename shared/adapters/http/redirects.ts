import { Fault } from '../../core/failures.ts';
import type { HttpRequest } from '../../ports.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
// What another host may see of the request; anything else could be a credential.
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'content-type',
  'git-protocol',
  'user-agent',
]);

/** The next request when `status` and `location` say so, with credentials dropped where they must not follow. */
export function redirected(
  request: HttpRequest,
  status: number,
  location: string | undefined,
): HttpRequest | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const from = new URL(request.url);
  const to = parse(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    throw new Fault('egress-denied', `${from.host} redirects to the scheme '${to.protocol}'`, {});
  const { body, headers, ca, clientCertificate, ...rest } = request;
  const trusted = sameParty(from, to);
  if (!trusted) stripUserinfo(to);
  const keepsBody = status === 307 || status === 308;
  return {
    ...rest,
    url: to.href,
    method: keepsBody || request.method === 'HEAD' ? request.method : 'GET',
    headers: follow(headers ?? {}, trusted, keepsBody),
    ...(keepsBody && body ? { body } : {}),
    ...(ca ? { ca } : {}),
    ...(trusted && clientCertificate ? { clientCertificate } : {}),
  };
}

function parse(location: string, from: URL): URL {
  const to = URL.parse(location, from.href);
  if (to === null) throw new Fault('malformed', `${from.host} redirects to something that is not a URL`, {});
  return to;
}

function follow(
  headers: Readonly<Record<string, string>>,
  trusted: boolean,
  keepsBody: boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => {
      const lower = name.toLowerCase();
      if (!keepsBody && lower.startsWith('content-')) return false;
      return trusted || HARMLESS.has(lower);
    }),
  );
}

/** Same host and port, or the default-port upgrade from http to https. */
function sameParty(from: URL, to: URL): boolean {
  if (from.protocol === to.protocol) return from.host === to.host;
  const upgrade = from.protocol === 'http:' && to.protocol === 'https:';
  return upgrade && from.hostname === to.hostname && from.port === '' && to.port === '';
}

function stripUserinfo(url: URL): void {
  url.username = '';
  url.password = '';
}
