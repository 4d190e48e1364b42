import { anchored } from './generated-fields.ts';
import { type Chance, scalar, value } from './generated-scalars.ts';

const IMAGES = [
  'nginx',
  'nginx:1.25',
  'ghcr.io/org/app:v1',
  'localhost:5000/app',
  'app@sha256:abcd',
  '"app:1"',
];

function metadata(chance: Chance, name: string, indent = ''): string {
  const lines = [`${indent}metadata:`, `${indent}  name: ${name}`];
  if (chance.maybe(0.3)) lines.push(`${indent}  namespace: ${chance.pick(['one', 'two', 'default'])}`);
  if (chance.maybe(0.5))
    lines.push(`${indent}  labels:`, `${indent}    app: ${name}`, `${indent}    tier: "1"`);
  if (chance.maybe(0.3)) {
    lines.push(`${indent}  annotations:`);
    lines.push(`${indent}    note:${value(chance, `${indent}    `)}`, `${indent}    other: x`);
  }
  if (chance.maybe(0.1)) lines.push(`${indent}  finalizers: [a/b, c/d]`);
  return lines.join('\n');
}

function container(chance: Chance, name: string, indent: string): string {
  const lines = [`- name: ${name}`, `  image: ${chance.pick(IMAGES)}`];
  if (chance.maybe(0.5)) {
    lines.push('  env:', `  - name: A`, `    value: ${scalar(chance)}`, '  - name: FROM');
    lines.push(
      '    valueFrom:',
      `      configMapKeyRef: {name: ${chance.pick(['settings', 'made'])}, key: a}`,
    );
  }
  if (chance.maybe(0.4))
    lines.push('  envFrom:', '  - secretRef: {name: secret}', '  - configMapRef: {name: made}');
  if (chance.maybe(0.5)) {
    const protocol = chance.pick(['', ', protocol: TCP']);
    lines.push(
      '  ports:',
      `  - {containerPort: 80${protocol}}`,
      `  - {containerPort: 443, name: https${protocol}}`,
    );
    if (chance.maybe(0.2)) lines.push('  - {containerPort: 53, protocol: UDP}');
  }
  if (chance.maybe(0.3)) lines.push(`  args: ["-c", ${scalar(chance)}, --x=y]`);
  if (chance.maybe(0.3))
    lines.push('  volumeMounts:', '  - {name: v, mountPath: /v}', '  - {name: w, mountPath: /w}');
  if (chance.maybe(0.3))
    lines.push('  resources: # limits', '    limits: {cpu: 100m, memory: 1Gi}', '    requests: {cpu: 1}');
  return lines.map((line) => `${indent}${line}`).join('\n');
}

function podSpec(chance: Chance, indent: string): string {
  const lines = ['containers:', container(chance, 'main', '')];
  if (chance.maybe(0.4)) lines.push(container(chance, 'side', ''));
  if (chance.maybe(0.3)) lines.push('initContainers:', container(chance, 'init', ''));
  if (chance.maybe(0.5)) lines.push('serviceAccountName: account');
  if (chance.maybe(0.5)) {
    lines.push(
      'volumes:',
      '- name: v',
      '  configMap: {name: settings, defaultMode: 0644}',
      '- name: w',
      '  emptyDir: {}',
    );
    lines.push('- name: s', '  secret:', '    secretName: secret', '- name: c');
    lines.push('  persistentVolumeClaim: {claimName: claim}', '- name: p', '  projected:', '    sources:');
    lines.push('    - configMap: {name: made}', '    - secret: {name: secret}');
  }
  if (chance.maybe(0.2)) lines.push('imagePullSecrets: [{name: secret}]');
  if (chance.maybe(0.2)) {
    lines.push(
      'topologySpreadConstraints:',
      '- maxSkew: 1',
      '  topologyKey: zone',
      '  whenUnsatisfiable: DoNotSchedule',
    );
    lines.push('  labelSelector: {matchLabels: {app: x}}');
  }
  if (chance.maybe(0.1))
    lines.push('priorityClassName: priority', 'nodeSelector: {a: "b"}', 'tolerations: [{key: a}]');
  return lines.join('\n').replace(/^(?=.)/gm, indent);
}

function workload(chance: Chance, kind: string, apiVersion: string, name: string): string {
  const head = `apiVersion: ${apiVersion}\nkind: ${kind}\n${metadata(chance, name)}\nspec:\n`;
  const template = (indent: string) =>
    `${indent}template:\n${indent}  metadata:\n${indent}    labels: {app: ${name}}\n${indent}  spec:\n${podSpec(chance, `${indent}    `)}\n`;
  if (kind === 'Pod') return `${head}${podSpec(chance, '  ')}\n`;
  if (kind === 'CronJob')
    return `${head}  schedule: "* * * * *"\n  jobTemplate:\n    spec:\n${template('      ')}`;
  const selector = kind === 'Job' ? '' : `  selector:\n    matchLabels: {app: ${name}}\n`;
  const replicas = kind === 'Job' || kind === 'DaemonSet' ? '' : `  replicas: ${chance.below(5)}\n`;
  const claims =
    kind === 'StatefulSet'
      ? `  serviceName: service\n  volumeClaimTemplates:\n  - metadata: {name: data}\n    spec: {storageClassName: fast}\n`
      : '';
  return `${head}${replicas}${selector}${claims}${template('  ')}`;
}

/** Makes an object of a kind. */
export interface Make {
  (chance: Chance, name: string): string;
  /** Whether its name is always the same, so that there may be one only. */
  readonly fixed?: boolean;
  /** Whether `replicas` may set its count. */
  readonly scaled?: boolean;
}

function simple(
  apiVersion: string,
  kind: string,
  rest: string | ((chance: Chance, name: string) => string),
  fixed?: string,
): Make {
  const make = (chance: Chance, name: string): string => {
    const body = typeof rest === 'string' ? rest : rest(chance, name);
    return `apiVersion: ${apiVersion}\nkind: ${kind}\n${metadata(chance, fixed ?? name)}\n${body}`;
  };
  return Object.assign(make, { fixed: fixed !== undefined });
}

function pods(kind: string, apiVersion: string): Make {
  const make = (chance: Chance, name: string) => workload(chance, kind, apiVersion, name);
  return Object.assign(make, { scaled: /^(Deployment|StatefulSet)$/.test(kind) });
}

function dataOf(chance: Chance): string {
  const keys = ['a', 'b.txt', 'c-d', '10', '9', 'Z'].filter(() => chance.maybe(0.6));
  return keys.length === 0
    ? ''
    : `data:\n${keys.map((key) => `  "${key}":${value(chance, '  ')}`).join('\n')}\n`;
}

const RBAC = 'rbac.authorization.k8s.io';

/** How to make an object of each kind; names that others refer to are fixed. */
export const KINDS: readonly Make[] = [
  pods('Deployment', 'apps/v1'),
  pods('Deployment', 'apps/v1'),
  pods('StatefulSet', 'apps/v1'),
  pods('DaemonSet', 'apps/v1'),
  pods('Job', 'batch/v1'),
  pods('CronJob', 'batch/v1'),
  pods('Pod', 'v1'),
  anchored,
  simple('v1', 'ConfigMap', dataOf),
  simple('v1', 'ConfigMap', dataOf, 'settings'),
  simple('v1', 'Secret', 'stringData: {k: v}\ntype: Opaque\n', 'secret'),
  simple('v1', 'ServiceAccount', 'imagePullSecrets:\n- name: secret\n', 'account'),
  simple(
    'v1',
    'Service',
    'spec:\n  selector: {app: x}\n  ports:\n  - {port: 80, targetPort: http}\n',
    'service',
  ),
  simple(
    'v1',
    'PersistentVolumeClaim',
    'spec: {storageClassName: fast, accessModes: [ReadWriteOnce]}\n',
    'claim',
  ),
  simple('v1', 'Namespace', ''),
  simple('storage.k8s.io/v1', 'StorageClass', 'provisioner: x\nparameters: {secretName: secret}\n', 'fast'),
  simple(
    `${RBAC}/v1`,
    'Role',
    'rules:\n- apiGroups: [""]\n  resources: [secrets]\n  resourceNames: [secret, made]\n',
    'role',
  ),
  simple(
    `${RBAC}/v1`,
    'RoleBinding',
    (chance) =>
      `roleRef: {apiGroup: ${RBAC}, kind: Role, name: role}\nsubjects:\n- {kind: ServiceAccount, name: account${chance.pick(['', ', namespace: one'])}}\n- kind: ServiceAccount\n  name: default\n  namespace: x\n`,
  ),
  simple(
    `${RBAC}/v1`,
    'ClusterRole',
    'rules:\n- apiGroups: ["*"]\n  resources: ["*"]\n  verbs: [get]\n',
    'cluster-role',
  ),
  simple(
    `${RBAC}/v1`,
    'ClusterRoleBinding',
    `roleRef:\n  apiGroup: ${RBAC}\n  kind: ClusterRole\n  name: cluster-role\nsubjects:\n- kind: ServiceAccount\n  name: account\n  namespace: one\n`,
  ),
  simple(
    'networking.k8s.io/v1',
    'Ingress',
    'spec:\n  tls: [{secretName: secret, hosts: [a.b]}]\n  rules:\n  - host: a.b\n    http:\n      paths:\n      - path: /\n        backend: {service: {name: service, port: {number: 80}}}\n',
  ),
  simple(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    (_, name) =>
      `spec:\n  maxReplicas: 3\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${name.replace(/\d+$/, '0')}}\n`,
  ),
  simple(
    'policy/v1',
    'PodDisruptionBudget',
    'spec:\n  minAvailable: 1\n  selector: {matchLabels: {app: x}}\n',
  ),
  simple(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'spec:\n  podSelector: {matchLabels: {app: x}}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {a: b}}\n',
  ),
  simple(
    'example.com/v1',
    'Widget',
    (chance) =>
      `spec:\n  list: [{name: a, image: nginx}]\n  nasty:${value(chance, '  ')}\n  containers: [{name: x, image: nginx}]\n`,
  ),
  simple(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'spec:\n  group: example.com\n  names: {kind: Widget, plural: widgets}\n  scope: Namespaced\n  versions: []\n',
    'widgets.example.com',
  ),
];
