/** A list that is merged by keys (none: by the items themselves), with the type of its items, or the type of a field. */
export interface MergeField {
  readonly keys?: readonly string[];
  readonly type?: MergeType;
}

/** The fields of a type that hold merged lists, near or far. */
export type MergeType = ReadonlyMap<string, MergeField>;

// kyaml v0.21.1, openapi/kubernetesapi/v1_21_2: where kustomize 5.8 merges lists, by Kubernetes 1.21's patch strategies.
// `[keys]`, then the type of what is inside; lists that are not named are replaced.
const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MutatingWebhookConfiguration: { metadata: 'ObjectMeta', webhooks: '[name]' },
  ObjectMeta: { finalizers: '[]', ownerReferences: '[uid]' },
  ValidatingWebhookConfiguration: { metadata: 'ObjectMeta', webhooks: '[name]' },
  Plain: { metadata: 'ObjectMeta' },
  WithStatus: { metadata: 'ObjectMeta', status: 'Status' },
  Status: { conditions: '[type]' },
  DaemonSet: { metadata: 'ObjectMeta', spec: 'DaemonSetSpec', status: 'Status' },
  DaemonSetSpec: { template: 'PodTemplateSpec' },
  PodTemplateSpec: { metadata: 'ObjectMeta', spec: 'PodSpec' },
  PodSpec: {
    containers: '[name] Container',
    ephemeralContainers: '[name] EphemeralContainer',
    hostAliases: '[ip]',
    imagePullSecrets: '[name]',
    initContainers: '[name] Container',
    topologySpreadConstraints: '[topologyKey whenUnsatisfiable]',
    volumes: '[name] Volume',
  },
  Container: {
    env: '[name]',
    ports: '[containerPort protocol]',
    volumeDevices: '[devicePath]',
    volumeMounts: '[mountPath]',
  },
  EphemeralContainer: { env: '[name]', volumeDevices: '[devicePath]', volumeMounts: '[mountPath]' },
  Volume: { ephemeral: 'EphemeralVolumeSource' },
  EphemeralVolumeSource: { volumeClaimTemplate: 'Plain' },
  Deployment: { metadata: 'ObjectMeta', spec: 'DeploymentSpec', status: 'Status' },
  DeploymentSpec: { template: 'PodTemplateSpec' },
  ReplicaSet: { metadata: 'ObjectMeta', spec: 'ReplicaSetSpec', status: 'Status' },
  ReplicaSetSpec: { template: 'PodTemplateSpec' },
  StatefulSet: { metadata: 'ObjectMeta', spec: 'StatefulSetSpec', status: 'Status' },
  StatefulSetSpec: { template: 'PodTemplateSpec' },
  CronJob: { metadata: 'ObjectMeta', spec: 'CronJobSpec' },
  CronJobSpec: { jobTemplate: 'JobTemplateSpec' },
  JobTemplateSpec: { metadata: 'ObjectMeta', spec: 'JobSpec' },
  JobSpec: { template: 'PodTemplateSpec' },
  Job: { metadata: 'ObjectMeta', spec: 'JobSpec', status: 'Status' },
  CSINode: { metadata: 'ObjectMeta', spec: 'CSINodeSpec' },
  CSINodeSpec: { drivers: '[name]' },
  Node: { metadata: 'ObjectMeta', spec: 'NodeSpec', status: 'NodeStatus' },
  NodeSpec: { podCIDRs: '[]' },
  NodeStatus: { addresses: '[type]', conditions: '[type]' },
  Pod: { metadata: 'ObjectMeta', spec: 'PodSpec', status: 'PodStatus' },
  PodStatus: { conditions: '[type]', podIPs: '[ip]' },
  PodTemplate: { metadata: 'ObjectMeta', template: 'PodTemplateSpec' },
  ReplicationController: { metadata: 'ObjectMeta', spec: 'ReplicationControllerSpec', status: 'Status' },
  ReplicationControllerSpec: { template: 'PodTemplateSpec' },
  Service: { metadata: 'ObjectMeta', spec: 'ServiceSpec', status: 'Status' },
  ServiceSpec: { ports: '[port protocol]' },
  ServiceAccount: { metadata: 'ObjectMeta', secrets: '[name]' },
};

// The kinds of that version by type and API version; no other kind has a schema, so that all its lists are replaced.
const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  MutatingWebhookConfiguration: {
    'admissionregistration.k8s.io/v1': 'MutatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1beta1': 'MutatingWebhookConfiguration',
  },
  ValidatingWebhookConfiguration: {
    'admissionregistration.k8s.io/v1': 'ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1beta1': 'ValidatingWebhookConfiguration',
  },
  Plain: {
    'apiextensions.k8s.io/v1': 'CustomResourceDefinition',
    'apiextensions.k8s.io/v1beta1': 'CustomResourceDefinition',
    'apps/v1': 'ControllerRevision',
    'autoscaling/v1': 'HorizontalPodAutoscaler',
    'autoscaling/v2beta1': 'HorizontalPodAutoscaler',
    'autoscaling/v2beta2': 'HorizontalPodAutoscaler',
    'certificates.k8s.io/v1': 'CertificateSigningRequest',
    'certificates.k8s.io/v1beta1': 'CertificateSigningRequest',
    'coordination.k8s.io/v1': 'Lease',
    'coordination.k8s.io/v1beta1': 'Lease',
    'discovery.k8s.io/v1': 'EndpointSlice',
    'discovery.k8s.io/v1beta1': 'EndpointSlice',
    'events.k8s.io/v1': 'Event',
    'events.k8s.io/v1beta1': 'Event',
    'extensions/v1beta1': 'Ingress',
    'flowcontrol.apiserver.k8s.io/v1beta1': 'FlowSchema PriorityLevelConfiguration',
    'networking.k8s.io/v1': 'Ingress IngressClass NetworkPolicy',
    'networking.k8s.io/v1beta1': 'Ingress IngressClass',
    'node.k8s.io/v1': 'RuntimeClass',
    'node.k8s.io/v1beta1': 'RuntimeClass',
    'policy/v1beta1': 'PodSecurityPolicy',
    'rbac.authorization.k8s.io/v1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
    'rbac.authorization.k8s.io/v1beta1': 'ClusterRole ClusterRoleBinding Role RoleBinding',
    'scheduling.k8s.io/v1': 'PriorityClass',
    'scheduling.k8s.io/v1beta1': 'PriorityClass',
    'storage.k8s.io/v1': 'CSIDriver StorageClass VolumeAttachment',
    'storage.k8s.io/v1beta1': 'CSIDriver CSIStorageCapacity StorageClass VolumeAttachment',
    v1: 'ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret',
  },
  WithStatus: {
    'apiregistration.k8s.io/v1': 'APIService',
    'apiregistration.k8s.io/v1beta1': 'APIService',
    'policy/v1': 'PodDisruptionBudget',
    'policy/v1beta1': 'PodDisruptionBudget',
    v1: 'Namespace PersistentVolumeClaim',
  },
  DaemonSet: { 'apps/v1': 'DaemonSet' },
  Deployment: { 'apps/v1': 'Deployment' },
  ReplicaSet: { 'apps/v1': 'ReplicaSet' },
  StatefulSet: { 'apps/v1': 'StatefulSet' },
  CronJob: { 'batch/v1': 'CronJob', 'batch/v1beta1': 'CronJob' },
  Job: { 'batch/v1': 'Job' },
  CSINode: { 'storage.k8s.io/v1': 'CSINode', 'storage.k8s.io/v1beta1': 'CSINode' },
  Node: { v1: 'Node' },
  Pod: { v1: 'Pod' },
  PodTemplate: { v1: 'PodTemplate' },
  ReplicationController: { v1: 'ReplicationController' },
  Service: { v1: 'Service' },
  ServiceAccount: { v1: 'ServiceAccount' },
};

const types = new Map<string, MergeType>();

function typeOf(name: string): MergeType {
  const known = types.get(name);
  if (known) return known;
  const fields = new Map<string, MergeField>();
  types.set(name, fields);
  for (const [field, notation] of Object.entries(TYPES[name] ?? {})) {
    const [, keys, type] = /^(?:\[(.*)\])? ?(\w*)$/.exec(notation) ?? [];
    fields.set(field, {
      ...(keys === undefined ? {} : { keys: keys.split(' ').filter(Boolean) }),
      ...(type ? { type: typeOf(type) } : {}),
    });
  }
  return fields;
}

const kinds = new Map(
  Object.entries(KINDS).flatMap(([type, versions]) =>
    Object.entries(versions).flatMap(([apiVersion, names]) =>
      names.split(' ').map((kind) => [`${apiVersion} ${kind}`, typeOf(type)] as const),
    ),
  ),
);

/** What a strategic merge patch merges in objects of a kind; undefined when kustomize knows no schema of it. */
export function mergeTypeOf(apiVersion: string, kind: string): MergeType | undefined {
  return kinds.get(`${apiVersion} ${kind}`);
}
