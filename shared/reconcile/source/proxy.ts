import { REASON } from '../../api/vocabulary.ts';
import { proxyAddressOf } from '../../core/proxy-address.ts';
import type { ProxyAddress } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret, type SecretData } from './secrets.ts';
import type { Trouble } from './seen.ts';

const SCHEMES = ['http', 'https', 'socks5'];
/** Upstream's bound on a proxy's address, characters. */
const MAX_ADDRESS = 2048;

/** The proxy that a Secret describes (COM-22), nothing without a reference, or the trouble with it. */
export async function readProxy(
  namespace: string,
  reference: { readonly name: string } | undefined,
  scope: Scope,
): Promise<{ readonly proxy: ProxyAddress | undefined } | { readonly trouble: Trouble }> {
  if (reference === undefined) return { proxy: undefined };
  const secret = await readSecret(namespace, reference.name, scope);
  const found = 'data' in secret ? proxyOf(secret.data) : 'not found';
  if (typeof found !== 'string') return { proxy: found };
  const which = `secret '${namespace}/${reference.name}'${'data' in secret ? ':' : ''}`;
  const message = `failed to configure proxy options: ${which} ${found}`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.authenticationFailed, message } };
}

/** The proxy, or what is wrong with the Secret's data; its values are not told. */
export function proxyOf({ address, username, password }: SecretData): ProxyAddress | string {
  if (address === undefined) return "key 'address' not found";
  if (address === '') return 'proxy address is empty';
  if (address.length > MAX_ADDRESS) return `proxy URL exceeds maximum length of ${MAX_ADDRESS} characters`;
  const url = URL.parse(address);
  if (url === null) return 'the proxy address is not a URL';
  const scheme = url.protocol.slice(0, -1);
  if (!SCHEMES.includes(scheme)) {
    return `proxy URL must use one of the supported schemes (${SCHEMES.join(', ')}), got '${scheme}'`;
  }
  return proxyAddressOf(url, {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  });
}
