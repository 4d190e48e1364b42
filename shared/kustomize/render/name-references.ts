import type { FieldSpec } from './field-specs.ts';

/** Where objects name another of one kind. */
export interface NameReferences {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly from: readonly FieldSpec[];
}

// All of this: api v0.21.1, internal/konfig/builtinpluginconsts/namereference.go, in the order in which kustomize goes about it.

// The pods in each kind: `` is the pod itself.
const PODS: Readonly<Record<string, string>> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  Deployment: 'spec/template/spec',
  ReplicaSet: 'spec/template/spec',
  DaemonSet: 'spec/template/spec',
  StatefulSet: 'spec/template/spec',
  ReplicationController: 'spec/template/spec',
  Job: 'spec/template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
};

const VOLUME_KINDS = 'Pod PodTemplate Deployment ReplicaSet DaemonSet StatefulSet Job CronJob';
const ACCOUNT_KINDS = 'Pod StatefulSet Deployment ReplicationController CronJob Job DaemonSet';

function inPods(kinds: string, ...fields: readonly string[]): readonly FieldSpec[] {
  return kinds.split(' ').flatMap((kind) =>
    fields.map((field) => ({
      path: `${PODS[kind]}/${field}`,
      kind,
      // Only the pod itself is named with its version, and only for ConfigMaps and Secrets.
      ...(kind === 'Pod' && kinds === VOLUME_KINDS ? { version: 'v1' } : {}),
    })),
  );
}

function from(kinds: string, group: string | undefined, ...paths: readonly string[]): readonly FieldSpec[] {
  return kinds
    .split(' ')
    .flatMap((kind) => paths.map((path) => ({ path, kind, ...(group === undefined ? {} : { group }) })));
}

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

const CONFIG_MAP_FIELDS = [
  'volumes/configMap/name',
  'containers/env/valueFrom/configMapKeyRef/name',
  'initContainers/env/valueFrom/configMapKeyRef/name',
  'containers/envFrom/configMapRef/name',
  'initContainers/envFrom/configMapRef/name',
  'volumes/projected/sources/configMap/name',
];

const SECRET_FIELDS = [
  'volumes/secret/secretName',
  'containers/env/valueFrom/secretKeyRef/name',
  'initContainers/env/valueFrom/secretKeyRef/name',
  'containers/envFrom/secretRef/name',
  'initContainers/envFrom/secretRef/name',
  'imagePullSecrets/name',
  'volumes/projected/sources/secret/name',
];

const NGINX = 'metadata/annotations/nginx.ingress.kubernetes.io\\/';

const SECRET_REFERENCES: readonly FieldSpec[] = [
  ...inPods(VOLUME_KINDS, ...SECRET_FIELDS),
  ...from(
    'Ingress',
    undefined,
    'spec/tls/secretName',
    'metadata/annotations/ingress.kubernetes.io\\/auth-secret',
  ),
  ...from('Ingress', undefined, `${NGINX}auth-secret`, `${NGINX}auth-tls-secret`),
  ...from('ServiceAccount', undefined, 'imagePullSecrets/name'),
  ...from('StorageClass', undefined, 'parameters/secretName', 'parameters/adminSecretName'),
  ...from('StorageClass', undefined, 'parameters/userSecretName', 'parameters/secretRef'),
  ...from('Role ClusterRole', undefined, 'rules/resourceNames'),
  {
    path: 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name',
    kind: 'Service',
    group: 'serving.knative.dev',
    version: 'v1',
  },
  ...from('PersistentVolume', undefined, 'spec/azureFile/secretName'),
];

const SERVICE_REFERENCES: readonly FieldSpec[] = [
  ...from('StatefulSet', 'apps', 'spec/serviceName'),
  ...from('Ingress', undefined, 'spec/rules/http/paths/backend/serviceName', 'spec/backend/serviceName'),
  ...from(
    'Ingress',
    undefined,
    'spec/rules/http/paths/backend/service/name',
    'spec/defaultBackend/service/name',
  ),
  ...from('APIService', 'apiregistration.k8s.io', 'spec/service/name'),
  ...from(
    'ValidatingWebhookConfiguration MutatingWebhookConfiguration',
    ADMISSION,
    'webhooks/clientConfig/service',
  ),
];

const SCALED = from('HorizontalPodAutoscaler', undefined, 'spec/scaleTargetRef/name');

/** Every place where a name is written that follows a change of the object's name. */
export const NAME_REFERENCES: readonly NameReferences[] = [
  {
    kind: 'StorageClass',
    group: 'storage.k8s.io',
    version: 'v1',
    from: [
      ...from('PersistentVolume PersistentVolumeClaim', undefined, 'spec/storageClassName'),
      ...from('StatefulSet', undefined, 'spec/volumeClaimTemplates/spec/storageClassName'),
    ],
  },
  {
    kind: 'ServiceAccount',
    version: 'v1',
    from: [
      ...from('RoleBinding ClusterRoleBinding', RBAC, 'subjects'),
      ...inPods(ACCOUNT_KINDS, 'serviceAccountName'),
    ],
  },
  { kind: 'Role', group: RBAC, from: from('RoleBinding', RBAC, 'roleRef/name') },
  { kind: 'ClusterRole', group: RBAC, from: from('RoleBinding ClusterRoleBinding', RBAC, 'roleRef/name') },
  {
    kind: 'ConfigMap',
    version: 'v1',
    from: [
      ...inPods(VOLUME_KINDS, ...CONFIG_MAP_FIELDS),
      ...from('Node', undefined, 'spec/configSource/configMap'),
      ...from('Role ClusterRole', undefined, 'rules/resourceNames'),
      ...from('Ingress', undefined, `${NGINX}fastcgi-params-configmap`),
    ],
  },
  { kind: 'Secret', version: 'v1', from: SECRET_REFERENCES },
  { kind: 'Service', version: 'v1', from: SERVICE_REFERENCES },
  {
    kind: 'PriorityClass',
    group: 'scheduling.k8s.io',
    version: 'v1',
    from: inPods(ACCOUNT_KINDS, 'priorityClassName'),
  },
  {
    kind: 'PersistentVolume',
    version: 'v1',
    from: [
      ...from('PersistentVolumeClaim', undefined, 'spec/volumeName'),
      ...from('ClusterRole', undefined, 'rules/resourceNames'),
    ],
  },
  {
    kind: 'PersistentVolumeClaim',
    version: 'v1',
    from: inPods(ACCOUNT_KINDS, 'volumes/persistentVolumeClaim/claimName'),
  },
  { kind: 'Deployment', from: SCALED },
  { kind: 'StatefulSet', from: SCALED },
  { kind: 'ReplicaSet', from: SCALED },
  { kind: 'ReplicationController', from: SCALED },
  {
    kind: 'ValidatingAdmissionPolicy',
    group: ADMISSION,
    from: from('ValidatingAdmissionPolicyBinding', ADMISSION, 'spec/policyName'),
  },
];
