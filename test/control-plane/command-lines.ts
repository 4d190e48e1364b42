import { join } from 'node:path';
import type { IdentityFiles } from './identities.ts';

// RFC 2544 keeps this range for benchmarks: no route leads to a Service of the fake cluster, and there is room for thousands.
const SERVICE_RANGE = '198.18.0.0/16';

// kube-controller-manager's default of 20 a second makes a namespace's deletion take seconds.
const CONTROLLER_REQUESTS_PER_SECOND = 500;

/** The loopback ports of one control plane. */
export interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

/** How an API server knows people. */
export interface AccessOptions {
  /** Its own issuer, where it must be another than that of another cluster. */
  readonly issuer?: string;
  /** More of its flags. */
  readonly flags?: readonly string[];
}

const OWN_ISSUER = 'https://kubernetes.default.svc';

/** etcd, alone and without fsync: its data outlives a crash of the process, not of the machine. */
export function etcdArguments(dir: string, ports: Ports): string[] {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    '--name=control-plane',
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=control-plane=${peers}`,
    '--unsafe-no-fsync',
    // Alone it need not wait the default second for the votes of others.
    '--heartbeat-interval=20',
    '--election-timeout=100',
    '--log-level=warn',
  ];
}

/** kube-apiserver with RBAC; without controllers nothing makes ServiceAccounts, so that none may be asked for. */
export function apiServerArguments(
  files: IdentityFiles,
  ports: Ports,
  { controllers, access }: { readonly controllers: boolean; readonly access?: AccessOptions },
): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    `--service-account-issuer=${access?.issuer ?? OWN_ISSUER}`,
    ...(access?.flags ?? []),
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    // Endpoints may not be loopback addresses: its reconciler would fail for ever.
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--profiling=false',
    ...(controllers ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ];
}

/** kube-controller-manager with its default controllers and no port of its own. */
export function controllerManagerArguments(files: IdentityFiles): string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    `--root-ca-file=${files.authority}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--kube-api-qps=${CONTROLLER_REQUESTS_PER_SECOND}`,
    `--kube-api-burst=${CONTROLLER_REQUESTS_PER_SECOND}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--profiling=false',
  ];
}
