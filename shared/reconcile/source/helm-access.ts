import type { HelmRepositorySpec } from '../../api/helm-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import type { HttpRequest } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readSecret, type SecretData, tlsOf } from './secrets.ts';
import type { Result, Trouble } from './seen.ts';

/** Upstream's default of spec.timeout. */
export const DEFAULT_HELM_TIMEOUT = '60s';

/** A HelmRepository, or what stands for one that is not there. */
export interface ChartRepository {
  readonly metadata: { readonly namespace: string };
  readonly spec: Pick<HelmRepositorySpec, 'certSecretRef' | 'secretRef'>;
}

/** With what a repository of charts is asked. */
export interface HelmAccess extends Pick<HttpRequest, 'ca' | 'clientCertificate'> {
  readonly headers: Readonly<Record<string, string>>;
  /** TLS comes from `secretRef`, which upstream warns of. */
  readonly deprecated: boolean;
  /** What `secretRef` holds. */
  readonly secret?: SecretData;
}

type Tls = Pick<HttpRequest, 'ca' | 'clientCertificate'>;

/** Reads the Secrets that the spec names; TLS of certSecretRef wins over that of secretRef (HR-05). */
export async function readHelmAccess(object: ChartRepository, scope: Scope): Promise<Result<HelmAccess>> {
  const { certSecretRef, secretRef } = object.spec;
  const { namespace } = object.metadata;
  let tls: Tls | undefined;
  if (certSecretRef !== undefined) {
    const read = await readCertificates(namespace, certSecretRef.name, scope);
    if ('trouble' in read) return read;
    tls = read.found;
  }
  if (secretRef === undefined) return { found: { ...tls, headers: {}, deprecated: false } };
  const where = `'${namespace}/${secretRef.name}'`;
  const secret = await readSecret(namespace, secretRef.name, scope);
  if (!('data' in secret))
    return refused(`failed to get authentication secret ${where}: secrets "${secretRef.name}" not found`);
  const read = authOf(secret.data, where);
  if (typeof read === 'string') return refused(`failed to detect authentication methods: ${read}`);
  const own = read.tls.ca !== undefined || read.tls.clientCertificate !== undefined;
  const deprecated = own && tls === undefined;
  return { found: { ...(tls ?? read.tls), headers: read.headers, deprecated, secret: secret.data } };
}

async function readCertificates(namespace: string, name: string, scope: Scope): Promise<Result<Tls>> {
  const where = `'${namespace}/${name}'`;
  const secret = await readSecret(namespace, name, scope);
  if (!('data' in secret))
    return refused(`failed to get TLS authentication secret ${where}: secrets "${name}" not found`);
  const tls = tlsOf(secret.data);
  if (typeof tls === 'string')
    return refused(`failed to construct Helm client's TLS config: secret ${where}: ${tls}`);
  if (tls.ca === undefined && tls.clientCertificate === undefined) {
    const wanted = "must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'";
    return refused(`failed to construct Helm client's TLS config: secret ${where} ${wanted}`);
  }
  return { found: tls };
}

/** User, password and TLS of a Secret, or what is wrong with it; empty ones ask as nobody. */
function authOf(
  data: SecretData,
  where: string,
): { readonly headers: Readonly<Record<string, string>>; readonly tls: Tls } | string {
  const { username, password } = data;
  if ((username === undefined) !== (password === undefined)) {
    const [present, missing] = username === undefined ? ['password', 'username'] : ['username', 'password'];
    return `secret ${where}: malformed basic auth - has '${present}' but missing '${missing}'`;
  }
  const tls = tlsOf(data);
  if (typeof tls === 'string') return `secret ${where}: ${tls}`;
  const isEmpty = !username || !password;
  const proof = Buffer.from(`${username}:${password}`).toString('base64');
  return { headers: isEmpty ? {} : { authorization: `Basic ${proof}` }, tls };
}

function refused(message: string): { readonly trouble: Trouble } {
  return { trouble: { condition: 'FetchFailed', reason: REASON.authenticationFailed, message } };
}
