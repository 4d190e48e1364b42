import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Dice that fall the same way every time. */
function dice() {
  let seed = 7;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  const maybe = (fields: Fields, chance = 0.85): Fields => (next() < chance ? fields : {});
  const some = (names: readonly string[]): Fields =>
    Object.assign({}, ...names.map((name) => maybe({ [name]: pick(0, 1, 1, 2) }, 0.95)));
  return { next, pick, maybe, some };
}

type Dice = ReturnType<typeof dice>;

function conditions({ next, pick, maybe }: Dice, types: readonly string[]): Fields {
  const generic = ['Reconciling', 'Stalled'].filter(() => next() < 0.07);
  const asked = [...types, 'Ready'].filter(() => next() < 0.7);
  return maybe({
    conditions: [...generic, ...asked].map((type) => ({
      type,
      status: pick('True', 'True', 'False', 'Unknown'),
      ...maybe({
        reason: pick('NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'Installing', 'Unschedulable'),
      }),
      ...maybe({ message: 'why' }),
    })),
  });
}

function status(chance: Dice, fields: Fields, ...types: readonly string[]): Fields {
  const { pick, maybe } = chance;
  const observed = maybe({ observedGeneration: pick(1, 1, 1, 1, 1, 2) }, 0.9);
  return maybe({ status: { ...observed, ...fields, ...conditions(chance, types) } }, 0.95);
}

type Make = (chance: Dice) => Fields;

const WORKLOADS: readonly (readonly [apiVersion: string, kind: string, make: Make])[] = [
  [
    'apps/v1',
    'Deployment',
    (chance) => ({
      spec: {
        ...chance.maybe({ replicas: chance.pick(0, 1, 1, 2) }),
        ...chance.maybe({ progressDeadlineSeconds: chance.pick(600, 2 ** 31 - 1) }),
      },
      ...status(
        chance,
        chance.some(['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas']),
        'Progressing',
        'Available',
      ),
    }),
  ],
  [
    'apps/v1',
    'StatefulSet',
    (chance) => ({
      spec: {
        ...chance.maybe({ replicas: chance.pick(0, 1, 1, 2) }),
        ...chance.maybe({
          updateStrategy: {
            type: chance.pick('OnDelete', 'RollingUpdate', 'RollingUpdate'),
            ...chance.maybe({ rollingUpdate: chance.maybe({ partition: chance.pick(0, 1, 2) }) }, 0.5),
          },
        }),
      },
      ...status(chance, {
        ...chance.some(['replicas', 'updatedReplicas', 'readyReplicas', 'currentReplicas']),
        ...chance.maybe({ currentRevision: chance.pick('a', 'b') }),
        ...chance.maybe({ updateRevision: chance.pick('a', 'b') }),
      }),
    }),
  ],
  [
    'apps/v1',
    'DaemonSet',
    (chance) =>
      status(
        chance,
        chance.some([
          'desiredNumberScheduled',
          'currentNumberScheduled',
          'updatedNumberScheduled',
          'numberAvailable',
          'numberReady',
        ]),
      ),
  ],
  [
    'apps/v1',
    'ReplicaSet',
    (chance) => ({
      spec: chance.maybe({ replicas: chance.pick(0, 1, 2) }),
      ...status(
        chance,
        chance.some(['replicas', 'fullyLabeledReplicas', 'availableReplicas', 'readyReplicas']),
        'ReplicaFailure',
      ),
    }),
  ],
  [
    'v1',
    'Pod',
    (chance) => {
      const states = [
        { running: {} },
        { waiting: { reason: 'CrashLoopBackOff' } },
        { waiting: { reason: 'X' } },
      ];
      const containerStatuses = ['a', 'b'].map((name) => ({ name, state: chance.pick(...states) }));
      return status(
        chance,
        {
          phase: chance.pick('Pending', 'Running', 'Running', 'Succeeded', 'Failed', 'Odd', ''),
          ...chance.maybe({ containerStatuses }, 0.7),
        },
        'PodScheduled',
      );
    },
  ],
  [
    'v1',
    'PersistentVolumeClaim',
    (chance) => status(chance, chance.maybe({ phase: chance.pick('Bound', 'Pending', 'Lost') })),
  ],
  [
    'v1',
    'Service',
    (chance) => ({
      spec: {
        ...chance.maybe({ type: chance.pick('ClusterIP', 'LoadBalancer', 'LoadBalancer', 'ExternalName') }),
        ...chance.maybe({ clusterIP: chance.pick('10.0.0.1', '', 'None') }),
      },
      ...status(chance, {}),
    }),
  ],
  [
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    (chance) => status(chance, {}, 'NamesAccepted', 'Established', 'Terminating'),
  ],
  [
    'batch/v1',
    'Job',
    (chance) => ({
      spec: {
        ...chance.maybe({ suspend: chance.pick(true, false, false) }),
        ...chance.some(['completions', 'parallelism']),
      },
      ...status(
        chance,
        {
          ...chance.some(['succeeded', 'failed', 'active']),
          ...chance.maybe({ startTime: '2020-01-01T00:00:00Z' }, 0.6),
        },
        'Complete',
        'Failed',
      ),
    }),
  ],
  ['example.com/v1', 'Widget', (chance) => status(chance, {})],
];

/** Every other kind of a cluster that has a group or a shape of its own. */
const OTHERS = [
  ...['ConfigMap', 'Secret', 'ServiceAccount', 'Namespace', 'Node', 'PersistentVolume', 'ResourceQuota'].map(
    (kind) => ['v1', kind],
  ),
  ...['LimitRange', 'ReplicationController', 'Endpoints', 'PodTemplate', 'Event'].map((kind) => ['v1', kind]),
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].map((kind) => [
    'rbac.authorization.k8s.io/v1',
    kind,
  ]),
  ...['Ingress', 'NetworkPolicy', 'IngressClass'].map((kind) => ['networking.k8s.io/v1', kind]),
  ...['StorageClass', 'VolumeAttachment', 'CSIDriver', 'CSINode'].map((kind) => ['storage.k8s.io/v1', kind]),
  ...['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy'].map(
    (kind) => ['admissionregistration.k8s.io/v1', kind],
  ),
  ...['FlowSchema', 'PriorityLevelConfiguration'].map((kind) => ['flowcontrol.apiserver.k8s.io/v1', kind]),
  ['policy/v1', 'PodDisruptionBudget'],
  ['batch/v1', 'CronJob'],
  ['autoscaling/v1', 'HorizontalPodAutoscaler'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['coordination.k8s.io/v1', 'Lease'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
  ['node.k8s.io/v1', 'RuntimeClass'],
  ['resource.k8s.io/v1', 'ResourceClaim'],
  ['apps/v1', 'ControllerRevision'],
  ['extensions/v1beta1', 'Deployment'],
  ['gateway.networking.k8s.io/v1', 'Gateway'],
  ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization'],
  ['other.test/v1', 'Deployment'],
  ['other.test/v1', 'Job'],
] as unknown as readonly (readonly [string, string])[];

/** Statuses that nobody can judge, and two that are none. */
const ODD: readonly Fields[] = [
  { status: 'x' },
  { status: null },
  { status: { conditions: 'x' } },
  { status: { conditions: [1] } },
  { status: { conditions: [{ type: 1 }] } },
  { status: { conditions: null } },
  { status: { observedGeneration: 'x' } },
];

/** The same objects every time: workloads in many states, every other kind in some. */
export function sampleObjects(): readonly KubernetesObject[] {
  const chance = dice();
  const { pick, maybe } = chance;
  const make = (apiVersion: string, kind: string, fields: Fields): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: {
      name: 'x',
      namespace: 'ns',
      creationTimestamp: '2020-01-01T00:00:00Z',
      ...maybe({ generation: pick(1, 1, 1, 1, 2) }, 0.9),
      ...maybe({ deletionTimestamp: '2020-01-02T00:00:00Z' }, 0.05),
    },
    ...fields,
  });
  const many = WORKLOADS.flatMap(([apiVersion, kind, fields]) =>
    Array.from({ length: 60 }, () => make(apiVersion, kind, fields(chance))),
  );
  const few = OTHERS.flatMap(([apiVersion, kind]) =>
    Array.from({ length: 5 }, () =>
      make(apiVersion, kind, status(chance, chance.some(['replicas']), 'Complete')),
    ),
  );
  const odd = ODD.flatMap((fields) =>
    [WORKLOADS[0], WORKLOADS[4], WORKLOADS[9]].flatMap((kind) =>
      kind ? [make(kind[0], kind[1], fields)] : [],
    ),
  );
  return [...many, ...few, ...odd];
}
