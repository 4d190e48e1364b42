import type { FileTree } from '../../shared/ports.ts';

/** 1000 objects below one overlay with namespace, labels, images and a patch: as a walk leaves it, with kustomizations in JSON. */
export function largeTree(): FileTree {
  const files: Record<string, string> = {};
  const resources: string[] = [];
  for (let index = 0; index < 250; index++) {
    files[`base/app-${index}.yaml`] = app(`app-${index}`);
    resources.push(`app-${index}.yaml`);
  }
  files['base/kustomization.yaml'] = kustomization({ resources });
  files['top/kustomization.yaml'] = kustomization({
    resources: ['../base'],
    namespace: 'production',
    labels: [{ pairs: { team: 'a' }, includeSelectors: true }],
    images: [{ name: 'ghcr.io/org/app', newTag: '2.0.1' }],
    patches: [{ patch: PATCH, target: { kind: 'Deployment' } }],
  });
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

const PATCH = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: any
spec:
  template:
    spec:
      containers:
      - name: main
        resources: {limits: {memory: 256Mi}}
`;

function kustomization(fields: object): string {
  return JSON.stringify({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...fields });
}

/** A Deployment, a Service, a ConfigMap and a ServiceAccount. */
function app(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app.kubernetes.io/name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9797"
    spec:
      serviceAccountName: ${name}
      containers:
        - name: main
          image: ghcr.io/org/app:1.0.0
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 9898
              protocol: TCP
            - name: metrics
              containerPort: 9797
              protocol: TCP
          command:
            - ./app
            - --port=9898
            - --level=info
          env:
            - name: COLOR
              value: "#34577c"
            - name: SETTING
              valueFrom:
                configMapKeyRef:
                  name: ${name}
                  key: setting
          livenessProbe:
            httpGet: {path: /healthz, port: http}
            initialDelaySeconds: 5
            timeoutSeconds: 5
          resources:
            limits:
              cpu: 2000m
              memory: 512Mi
            requests:
              cpu: 100m
              memory: 64Mi
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: ${name}
  ports:
    - name: http
      port: 9898
      protocol: TCP
      targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  setting: "on"
  app.conf: |
    listen = 9898
    log = info
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
`;
}
