interface Sample {
  /** `NAMESPACE` stands for the test's own. */
  readonly path: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly [member: string]: unknown };
    readonly [member: string]: unknown;
  };
}

const labels = { app: 'rich' };
const container = {
  name: 'a',
  image: 'a:1',
  command: ['a', ''],
  env: [
    { name: 'EMPTY', value: '' },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } },
    { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  ],
  envFrom: [{ prefix: 'P_', configMapRef: { name: 'c', optional: true } }],
  ports: [{ name: 'http', containerPort: 80 }],
  resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '2Gi' } },
  livenessProbe: {
    httpGet: { path: '/', port: 'http', httpHeaders: [{ name: 'A', value: 'b' }] },
    initialDelaySeconds: 3,
  },
  readinessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 },
  lifecycle: { preStop: { exec: { command: ['x'] } } },
  securityContext: { runAsUser: 0, privileged: false, capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
  volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true }],
};
const template = {
  metadata: { labels, annotations: { a: 'ü"\n' } },
  spec: {
    containers: [container],
    initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always' }],
    nodeSelector: { nowhere: 'true' },
    volumes: [
      { name: 'v', emptyDir: {} },
      { name: 'c', configMap: { name: 'c', defaultMode: 0, items: [{ key: 'k', path: 'p', mode: 256 }] } },
      {
        name: 'p',
        projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
      },
      { name: 'h', hostPath: { path: '/', type: '' } },
      { name: 'l', emptyDir: { medium: 'Memory', sizeLimit: '1500k' } },
    ],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }],
        },
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'z', labelSelector: { matchLabels: labels } } },
        ],
      },
    },
    tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 0, effect: 'NoExecute' }],
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'z',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labels },
      },
    ],
    hostAliases: [{ ip: '127.0.0.1', hostnames: ['a', 'b'] }],
    securityContext: {
      supplementalGroups: [1, 2_147_483_647],
      sysctls: [{ name: 'kernel.shm_rmid_forced', value: '0' }],
    },
  },
};
const selector = { matchLabels: labels };

/** Objects whose members take every form that the encoding has. */
export const PROTOBUF_SAMPLES: readonly Sample[] = [
  {
    path: '/api/v1/namespaces/NAMESPACE/pods',
    object: { metadata: { name: 'rich', labels }, spec: template.spec },
  },
  {
    path: '/apis/apps/v1/namespaces/NAMESPACE/deployments',
    object: {
      metadata: { name: 'rich', annotations: { empty: '' } },
      spec: {
        replicas: 0,
        paused: true,
        selector,
        template,
        strategy: { rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 } },
      },
    },
  },
  {
    path: '/apis/apps/v1/namespaces/NAMESPACE/statefulsets',
    object: {
      metadata: { name: 'rich' },
      spec: {
        ...{ replicas: 0, serviceName: 'rich', selector, template },
        volumeClaimTemplates: [
          {
            metadata: { name: 'v2' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    },
  },
  {
    path: '/apis/apps/v1/namespaces/NAMESPACE/daemonsets',
    object: { metadata: { name: 'rich' }, spec: { selector, template } },
  },
  {
    path: '/apis/batch/v1/namespaces/NAMESPACE/jobs',
    object: {
      metadata: { name: 'rich' },
      spec: {
        suspend: true,
        backoffLimit: 0,
        template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } },
      },
    },
  },
  {
    path: '/apis/batch/v1/namespaces/NAMESPACE/cronjobs',
    object: {
      metadata: { name: 'rich' },
      spec: {
        ...{ schedule: '0 0 1 1 *', suspend: true },
        jobTemplate: {
          spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
        },
      },
    },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/services',
    object: {
      metadata: { name: 'rich' },
      spec: {
        selector: labels,
        ports: [
          { port: 80, targetPort: 'http' },
          { name: 'b', port: 81, targetPort: 81 },
        ].map((port, at) => ({ name: `p${at}`, ...port })),
      },
    },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/configmaps',
    object: {
      metadata: { name: 'rich', finalizers: [] },
      data: { a: '', 'b.yaml': 'x: "ü"\n' },
      binaryData: { c: 'AAEC/w==' },
    },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/configmaps',
    object: { metadata: { name: 'empty' }, immutable: false },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/secrets',
    object: {
      metadata: { name: 'rich' },
      type: 'helm.sh/release.v1',
      data: { a: '', b: 'AAEC' },
      immutable: true,
    },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/persistentvolumeclaims',
    object: {
      metadata: { name: 'rich' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        resources: { requests: { storage: '1.5Gi' } },
      },
    },
  },
  {
    path: '/api/v1/persistentvolumes',
    object: {
      metadata: { name: 'rich' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
    },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/resourcequotas',
    object: { metadata: { name: 'rich' }, spec: { hard: { pods: '100', 'requests.cpu': '1k' } } },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/limitranges',
    object: { metadata: { name: 'rich' }, spec: { limits: [{ type: 'Pod', max: { cpu: '64' } }] } },
  },
  {
    path: '/api/v1/namespaces/NAMESPACE/events',
    object: {
      metadata: { name: 'rich' },
      involvedObject: { kind: 'Pod', name: 'rich', namespace: 'default' },
      ...{ eventTime: '2026-01-02T03:04:05.678901Z', reason: 'A', action: 'B', type: 'Normal' },
      ...{ reportingComponent: 'c', reportingInstance: 'd', lastTimestamp: '2026-01-02T03:04:05Z' },
    },
  },
  {
    path: '/apis/networking.k8s.io/v1/namespaces/NAMESPACE/ingresses',
    object: {
      metadata: { name: 'rich' },
      spec: {
        rules: [
          {
            host: 'a.example.org',
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } },
              ],
            },
          },
        ],
      },
    },
  },
  {
    path: '/apis/networking.k8s.io/v1/namespaces/NAMESPACE/networkpolicies',
    object: {
      metadata: { name: 'rich' },
      spec: {
        podSelector: {},
        ingress: [{ ports: [{ port: 80, endPort: 90 }, { port: 'http' }] }, {}],
        policyTypes: ['Ingress'],
      },
    },
  },
  {
    path: '/apis/policy/v1/namespaces/NAMESPACE/poddisruptionbudgets',
    object: { metadata: { name: 'rich' }, spec: { minAvailable: '50%', selector } },
  },
  {
    path: '/apis/autoscaling/v2/namespaces/NAMESPACE/horizontalpodautoscalers',
    object: {
      metadata: { name: 'rich' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' },
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
          },
        },
      },
    },
  },
  {
    path: '/apis/discovery.k8s.io/v1/namespaces/NAMESPACE/endpointslices',
    object: {
      metadata: { name: 'rich' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }],
      ports: [{ name: '', port: 80 }],
    },
  },
  {
    path: '/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/roles',
    object: {
      metadata: { name: 'rich' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['x'] }],
    },
  },
  { path: '/apis/rbac.authorization.k8s.io/v1/clusterroles', object: { metadata: { name: 'none' } } },
  {
    path: '/apis/storage.k8s.io/v1/storageclasses',
    object: {
      metadata: { name: 'rich' },
      provisioner: 'a.b/c',
      parameters: { a: 'b' },
      allowVolumeExpansion: false,
    },
  },
  {
    path: '/apis/scheduling.k8s.io/v1/priorityclasses',
    object: { metadata: { name: 'rich' }, value: -5, preemptionPolicy: 'Never', description: 'x' },
  },
];
