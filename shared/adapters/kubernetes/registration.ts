import { Fault } from '../../core/failures.ts';
import type { ClusterRecord, ObjectStore, Secrets } from '../../ports.ts';
import { parseRecord, recordKey } from './cluster-record.ts';
import { type ParsedKubeconfig, parseKubeconfig } from './kubeconfig.ts';
import { kubeconfigSecret } from './registry.ts';

/** Where records and kubeconfigs are kept. */
export interface RegistrationPlaces {
  readonly store: ObjectStore;
  readonly secrets: Secrets;
}

/** Stores a cluster's credentials and then its record, so that no record lacks them; replaces what was there. Without credentials the record must say how to do without. Faults: `malformed`, `invalid` when it could not be read back. */
export async function saveCluster(
  { store, secrets }: RegistrationPlaces,
  record: ClusterRecord,
  config: ParsedKubeconfig | undefined,
): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(record));
  parseRecord(record.id, body);
  if (config === undefined) {
    if (record.eks === undefined)
      throw new Fault('invalid', 'a cluster without credentials', { id: record.id });
    await store.put(recordKey(record.id), body);
    return secrets.delete(kubeconfigSecret(record.id));
  }
  const kubeconfig = formatKubeconfig(config);
  parseKubeconfig(kubeconfig);
  await secrets.put(kubeconfigSecret(record.id), kubeconfig);
  await store.put(recordKey(record.id), body);
}

/** Removes a cluster's record and then its credentials; absent is fine. */
export async function removeCluster({ store, secrets }: RegistrationPlaces, id: string): Promise<void> {
  await store.delete(recordKey(id));
  await secrets.delete(kubeconfigSecret(id));
}

/** A kubeconfig that `parseKubeconfig` reads as `config`, in JSON, which YAML contains. */
export function formatKubeconfig(config: ParsedKubeconfig): string {
  const { server, ca, credentials, tlsServerName } = config;
  const { token, clientCertificate } = credentials;
  const name = 'sluice';
  const cluster = {
    server,
    ...(ca && { 'certificate-authority-data': base64(ca) }),
    ...(tlsServerName && { 'tls-server-name': tlsServerName }),
  };
  const user = {
    ...(token && { token }),
    ...(clientCertificate && {
      'client-certificate-data': base64(clientCertificate.certificate),
      'client-key-data': base64(clientCertificate.key),
    }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}

function base64(pem: string): string {
  // PEM is ASCII; what people write beside it is kept byte for byte, as `parseKubeconfig` reads it.
  return Buffer.from(pem, 'latin1').toString('base64');
}
