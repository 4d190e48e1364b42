import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { sameValue, textOf } from '../../strategies/rules/fields.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { keyOf } from '../owners.ts';

const NAMESPACES = '/namespaces';
const ACCOUNTS = '/serviceaccounts';
const CONFIG_MAPS = '/configmaps';
const SECRETS = '/secrets';
const DEFAULT = 'default';
const AUTHORITY = 'kube-root-ca.crt';
const TOKEN_TYPE = '"type":"kubernetes.io/service-account-token"';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Gives every namespace its account `default` and the cluster's CA. */
export const namespaceContents: Controller = {
  name: 'namespace contents',
  watches: [NAMESPACES, ACCOUNTS, CONFIG_MAPS],
  concerns({ type, entry }) {
    if (entry.id === NAMESPACES) return type === 'ADDED' ? [{ namespace: '', name: entry.name }] : [];
    const isOurs = entry.id === ACCOUNTS ? entry.name === DEFAULT : entry.name === AUTHORITY;
    const isLost = type === 'DELETED' || (type === 'MODIFIED' && entry.id === CONFIG_MAPS);
    return isOurs && isLost ? [{ namespace: '', name: entry.namespace }] : [];
  },
  sync({ name }, { manager, authority }) {
    const namespace = manager.read(NAMESPACES, '', name);
    if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return undefined;
    if (!manager.read(ACCOUNTS, name, DEFAULT)) {
      const metadata = { name: DEFAULT, namespace: name };
      manager.create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    const present = manager.read(CONFIG_MAPS, name, AUTHORITY);
    const data = { 'ca.crt': authority };
    if (present) {
      if (!sameValue(present.data, data)) manager.update(CONFIG_MAPS, { ...present, data });
      return undefined;
    }
    const annotations = { 'kubernetes.io/description': DESCRIPTION };
    const metadata = { name: AUTHORITY, namespace: name, annotations };
    manager.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    return undefined;
  },
};

/** Fills Secrets with their account's token, and deletes those whose account has gone. */
export const accountTokens: Controller = {
  name: 'account tokens',
  watches: [SECRETS, ACCOUNTS],
  concerns({ type, entry }, { store }) {
    if (entry.id === SECRETS)
      return type !== 'DELETED' && entry.rest.includes(TOKEN_TYPE) ? [keyOf(entry)] : [];
    if (type === 'MODIFIED') return [];
    const secrets = store.list(SECRETS, entry.namespace);
    return secrets.filter(({ rest }) => rest.includes(TOKEN_TYPE)).map(keyOf);
  },
  sync({ namespace, name }, { manager, issueToken }: ControllerWorld) {
    const secret = manager.read(SECRETS, namespace, name);
    if (!secret || secret.metadata.deletionTimestamp !== undefined) return undefined;
    const filled = issueToken(secret);
    if (filled) {
      if (!isSame(secret, filled)) manager.update(SECRETS, filled);
      return undefined;
    }
    const account = textOf(secret.metadata.annotations?.['kubernetes.io/service-account.name']);
    // An account that was never there may still come; one that has a uid has been.
    const uid = textOf(secret.metadata.annotations?.['kubernetes.io/service-account.uid']);
    if (uid !== '' || account === '' || !manager.read(ACCOUNTS, namespace, account)) {
      manager.delete(SECRETS, secret);
    }
    return undefined;
  },
};

function isSame(secret: KubernetesObject, filled: KubernetesObject): boolean {
  return (
    sameValue(secret.data, filled.data) && sameValue(secret.metadata.annotations, filled.metadata.annotations)
  );
}
