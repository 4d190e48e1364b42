import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import { stringify } from 'yaml';
import { type Connection, connect } from '../../shared/adapters/kubernetes/connect.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '../control-plane/start.ts';
import { create } from './drive.ts';
import type { Setting } from './setting.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Another real cluster, without any of Flux's kinds. */
export interface Spoke {
  readonly plane: ControlPlane;
  /** As cluster-admin. */
  readonly cluster: Connection;
}

/** A control plane of the file's own that is nobody's registered cluster, ended after the file's tests. */
export function useSpoke(options: () => Promise<Omit<ControlPlaneOptions, 'dir'>> = async () => ({})): Spoke {
  const dir = mkdtempSync(join(tmpdir(), 'flow-spoke-'));
  let plane: ControlPlane | undefined;
  let cluster: Connection | undefined;
  beforeAll(async () => {
    plane = await startControlPlane({ dir, kubelet: false, controllers: false, ...(await options()) });
    const { server, ca, token } = plane;
    cluster = connect({ id: 'spoke', server, ca, credentials: { token } });
  });
  afterAll(async () => {
    cluster?.close();
    await plane?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const opened = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the spoke opens before the first test');
    return value;
  };
  return {
    get plane() {
      return opened(plane);
    },
    get cluster() {
      return opened(cluster);
    },
  };
}

/** A kubeconfig with one context; what is given replaces parts of its cluster and its user. */
export function kubeconfigOf(
  { server, ca, token }: { readonly server: string; readonly ca: string; readonly token: string },
  changes: { readonly cluster?: object; readonly user?: object } = {},
): string {
  const data = Buffer.from(ca).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': data, ...changes.cluster } }],
    users: [{ name: 'u', user: changes.user ?? { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

/** The administrator's kubeconfig of the hub itself. */
export function hubKubeconfig(): string {
  return kubeconfigOf({ server: inject('server'), ca: inject('ca'), token: inject('token') });
}

/** Writes a Secret with these keys in the setting's namespace, as a person or Cluster API would. */
export async function putSecret(
  { world, namespace }: Setting,
  name: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData };
  const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  if ((await world.cluster.get(reference)) !== undefined) await world.cluster.delete(reference);
  await create(world, secret as KubernetesObject);
}

/** Writes a ConfigMap likewise. */
export async function putMap(
  { world, namespace }: Setting,
  name: string,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
  await world.cluster.apply(map as KubernetesObject, { fieldManager: 'person' });
}

/** Makes a namespace, and in it an account that may do what `rules` say. */
export async function addAccount(
  { cluster }: Pick<Spoke, 'cluster'>,
  namespace: string,
  name: string,
  rules: readonly object[],
): Promise<void> {
  const metadata = { namespace, name };
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  for (const object of [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules },
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
  ])
    await cluster.apply(object as KubernetesObject, { fieldManager: 'person' });
}

/** Makes a namespace unless it is there. */
export async function addNamespace({ cluster }: Pick<Spoke, 'cluster'>, name: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await cluster.apply(namespace, { fieldManager: 'person' });
}
