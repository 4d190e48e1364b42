import { createHmac } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import { withQuery } from './azure-address.ts';

/** A GET as it will be sent. */
export interface AzureRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Puts the proof of who asks into a request. */
export type AzureProof = (request: AzureRequest, now: Date) => Promise<AzureRequest>;

/** Asks as nobody. */
export const asNobody: AzureProof = async (request) => request;

/** Signs by an account's key: Azure's Shared Key. Fault `invalid` when the key is none. */
export function byAccountKey(account: string, key: string): AzureProof {
  const bytes = Buffer.from(key.trim(), 'base64');
  if (bytes.byteLength === 0 || bytes.toString('base64') !== key.trim())
    throw new Fault('invalid', 'accountKey is not in base64');
  return async ({ url, headers }, now) => {
    const dated = { ...headers, 'x-ms-date': now.toUTCString() };
    const signature = createHmac('sha256', bytes)
      .update(textToSign(account, url, dated))
      .digest('base64');
    return { url, headers: { ...dated, authorization: `SharedKey ${account}:${signature}` } };
  };
}

/** Adds a shared access signature; what the URL's query has beside it stays. */
export function bySignature(sas: string): AzureProof {
  const token = new URLSearchParams(sas.trim().replace(/^\?/, ''));
  return async ({ url, headers }) => ({ url: withQuery(url, token), headers });
}

/** Shows a token, to a server behind TLS only, as Azure's own client does. Fault `invalid`. */
export function byToken(token: () => Promise<string>): AzureProof {
  return async ({ url, headers }) => {
    if (url.protocol !== 'https:')
      throw new Fault('invalid', 'a token is shown over TLS only: use an https:// endpoint');
    return { url, headers: { ...headers, authorization: `Bearer ${await token()}` } };
  };
}

/** What Shared Key signs of a GET without a body: eleven empty lines stand for headers that it does not have. */
function textToSign(account: string, url: URL, headers: Readonly<Record<string, string>>): string {
  const own = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const names = [...new Set([...url.searchParams.keys()])].sort((a, b) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1,
  );
  const query = names.map(
    (name) => `\n${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(',')}`,
  );
  return `GET${'\n'.repeat(12)}${own.join('')}/${account}${url.pathname}${query.join('')}`;
}
