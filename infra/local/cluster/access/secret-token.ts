import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { SECRET_ISSUER, type SecretClaims } from './service-account-claims.ts';
import type { TokenWorld } from './service-account-tokens.ts';
import { serviceAccountName } from './subjects.ts';

/** Type of the Secrets that are filled with a token. */
export const TOKEN_SECRET = 'kubernetes.io/service-account-token';

const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

type Data = Readonly<Record<string, string>>;

/** `secret`, of type TOKEN_SECRET, with what it lacks of token, ca.crt, namespace and the ServiceAccount's uid; undefined when that ServiceAccount does not exist (any more), upon which the Secret is to be deleted. */
export function fillTokenSecret(
  world: Pick<TokenWorld, 'store' | 'key'>,
  authority: string,
  secret: KubernetesObject,
): KubernetesObject | undefined {
  const { metadata } = secret;
  const { name, namespace = '', annotations = {} } = metadata;
  const accountName = annotations[ACCOUNT_NAME] ?? '';
  const account = world.store.get('/serviceaccounts', namespace, accountName);
  const uid = annotations[ACCOUNT_UID] || account?.uid;
  if (!account || account.uid !== uid) return undefined;
  const data = (secret.data ?? {}) as Data;
  const claims: SecretClaims = {
    iss: SECRET_ISSUER,
    'kubernetes.io/serviceaccount/namespace': namespace,
    'kubernetes.io/serviceaccount/secret.name': name,
    'kubernetes.io/serviceaccount/service-account.name': accountName,
    'kubernetes.io/serviceaccount/service-account.uid': uid,
    sub: serviceAccountName(namespace, accountName),
  };
  const filled: Data = {
    ...data,
    'ca.crt': base64(authority),
    namespace: data.namespace || base64(namespace),
    token: data.token || base64(world.key.sign({ ...claims })),
  };
  return {
    ...secret,
    metadata: { ...metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } },
    data: filled,
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
