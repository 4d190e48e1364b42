import { REASON } from '../../api/vocabulary.ts';
import type { HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { Trouble } from './seen.ts';

/** A Secret's data, decoded. */
export type SecretData = Readonly<Record<string, string>>;

/** The Secret `name` in `namespace`, or the trouble that it is not there. */
export async function readSecret(
  namespace: string,
  name: string,
  scope: Scope,
): Promise<{ readonly data: SecretData } | { readonly trouble: Trouble }> {
  const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  const secret = await scope.cluster.get(reference);
  if (secret !== undefined) return { data: decoded((secret as { data?: SecretData }).data ?? {}) };
  const message = `failed to get secret '${namespace}/${name}': secrets "${name}" not found`;
  return { trouble: { condition: 'FetchFailed', reason: REASON.authenticationFailed, message } };
}

/** CA and client certificate in a Secret, by their new and old names, or what is wrong with them (COM-21). */
export function tlsOf(data: SecretData): Pick<HttpRequest, 'ca' | 'clientCertificate'> | string {
  // Empty counts as absent, as in a Secret of type kubernetes.io/tls that only brings a CA.
  const certificate = data['tls.crt'] || data.certFile || undefined;
  const key = data['tls.key'] || data.keyFile || undefined;
  if ((certificate === undefined) !== (key === undefined))
    return "'tls.crt' and 'tls.key' must be set together";
  const ca = data['ca.crt'] || data.caFile || undefined;
  return {
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
  };
}

/** Base64 `data` as text. */
export function decoded(data: SecretData): SecretData {
  const entries = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')] as const,
  );
  return Object.fromEntries(entries);
}
