import { toJson } from '../../../../shared/core/json.ts';
import type {
  KubernetesObject,
  ManagedFieldsEntry,
  ObjectMetadata,
} from '../../../../shared/core/kubernetes-object.ts';
import type { Nature, ResourceId, Store } from '../model.ts';
import { timestamp } from './content.ts';
import defaultRoles from './default-roles.json' with { type: 'json' };
import { RBAC } from './role-index.ts';

/** Where the Service `kubernetes` is. */
export interface BootstrapOptions {
  /** First address of the range of Services (default that of kubeadm's). */
  readonly clusterIp?: string;
  /** Where the API server listens (default 6443). */
  readonly port?: number;
}

type FirstObject = Readonly<Record<string, unknown>> & {
  readonly kind: string;
  readonly metadata: Omit<ObjectMetadata, 'managedFields'> & {
    readonly managedFields: readonly Omit<ManagedFieldsEntry, 'time'>[];
  };
};

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

// As the API server itself is named in managedFields.
const MANAGER = 'kube-apiserver';

/** Puts the first objects of a cluster into a store without namespaces: namespaces, the Service `kubernetes`, default roles and bindings. */
export function bootstrap(
  store: Store,
  nature: Pick<Nature, 'now' | 'uuid'>,
  { clusterIp = '10.96.0.1', port = 6443 }: BootstrapOptions = {},
): void {
  if (store.list('/namespaces').length > 0) return;
  const now = timestamp(nature.now());
  const put = (id: ResourceId, { metadata, ...object }: FirstObject, rest?: string) => {
    const managedFields = metadata.managedFields.map((entry) => ({ ...entry, time: now }));
    const born = { ...metadata, uid: nature.uuid(), creationTimestamp: now, managedFields };
    store.put(id, { ...object, metadata: born } as unknown as KubernetesObject, rest);
  };
  for (const name of NAMESPACES) put('/namespaces', namespace(name));
  for (const { id, object, rest } of firstRoles()) put(id, object, rest);
  put('/services', apiService(clusterIp, port));
}

interface FirstRole {
  readonly id: ResourceId;
  readonly object: FirstObject;
  readonly rest: string;
}

let roles: readonly FirstRole[] | undefined;

/** The default roles and bindings, with what they say as one text for all clusters of the process. */
function firstRoles(): readonly FirstRole[] {
  roles ??= (defaultRoles as unknown as readonly FirstObject[]).map(
    ({ apiVersion, kind, metadata, ...rest }) => ({
      id: `${RBAC}/${kind.toLowerCase()}s`,
      object: { apiVersion, kind, metadata },
      rest: toJson(rest).slice(1, -1),
    }),
  );
  return roles;
}

function namespace(name: string): FirstObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { 'kubernetes.io/metadata.name': name },
      managedFields: [
        managed('v1', { 'f:metadata': { 'f:labels': { '.': {}, 'f:kubernetes.io/metadata.name': {} } } }),
      ],
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

function apiService(clusterIP: string, port: number): FirstObject {
  const of = (...names: string[]) => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
      managedFields: [
        managed('v1', {
          'f:metadata': { 'f:labels': { '.': {}, ...of('component', 'provider') } },
          'f:spec': {
            ...of('clusterIP', 'internalTrafficPolicy', 'ipFamilyPolicy'),
            'f:ports': {
              '.': {},
              'k:{"port":443,"protocol":"TCP"}': { '.': {}, ...of('name', 'port', 'protocol', 'targetPort') },
            },
            ...of('sessionAffinity', 'type'),
          },
        }),
      ],
    },
    spec: {
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
      clusterIP,
      clusterIPs: [clusterIP],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  };
}

function managed(
  apiVersion: string,
  fieldsV1: Readonly<Record<string, unknown>>,
): Omit<ManagedFieldsEntry, 'time'> {
  return { manager: MANAGER, operation: 'Update', apiVersion, fieldsType: 'FieldsV1', fieldsV1 };
}
