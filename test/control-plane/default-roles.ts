import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Api, connect, until } from './api.ts';
import { startControlPlane } from './start.ts';

const RBAC = 'rbac.authorization.k8s.io';
const TABLE = join(import.meta.dirname, '../../infra/local/cluster/access/default-roles.json');

/** Of the API server's own roles and bindings those that people and charts name; its controllers' are left out. */
const NAMES = {
  clusterroles: [
    ...['admin', 'cluster-admin', 'edit', 'view'],
    ...['system:aggregate-to-admin', 'system:aggregate-to-edit', 'system:aggregate-to-view'],
    ...['system:auth-delegator', 'system:basic-user', 'system:discovery', 'system:monitoring'],
    ...['system:public-info-viewer', 'system:service-account-issuer-discovery'],
  ],
  clusterrolebindings: [
    ...['cluster-admin', 'system:basic-user', 'system:discovery', 'system:monitoring'],
    ...['system:public-info-viewer', 'system:service-account-issuer-discovery'],
  ],
  'namespaces/kube-system/roles': ['extension-apiserver-authentication-reader'],
} as const;

interface RbacObject {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly managedFields: readonly { readonly time: string }[];
  };
  readonly rules?: readonly unknown[] | null;
  readonly aggregationRule?: unknown;
}

/** The default roles and bindings of a real API server, without what is another in each cluster; aggregated roles are waited for. */
export async function readDefaultRoles(api: Api): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const objects: Readonly<Record<string, unknown>>[] = [];
  for (const [collection, names] of Object.entries(NAMES)) {
    for (const name of names) {
      const object = await until(`${name} has its rules`, async () => {
        const found = await api.get<RbacObject>(`/apis/${RBAC}/v1/${collection}/${name}`);
        return found && (found.rules !== null || !found.aggregationRule) ? found : undefined;
      });
      objects.push(withoutChance(object));
    }
  }
  return objects;
}

/** One object a line. */
export function tableText(objects: readonly unknown[]): string {
  return `[\n${objects.map((object) => JSON.stringify(object)).join(',\n')}\n]\n`;
}

function withoutChance({ metadata, ...rest }: RbacObject): Readonly<Record<string, unknown>> {
  const { uid, resourceVersion, creationTimestamp, managedFields, ...kept } = metadata;
  const fields = managedFields.map(({ time, ...entry }) => entry);
  return { ...rest, metadata: { ...kept, managedFields: fields } };
}

// Run by hand, when the control plane moves to another version of Kubernetes.
if (import.meta.main) {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-default-roles-'));
  const controlPlane = await startControlPlane({ dir, kubelet: false });
  const api = connect(controlPlane);
  try {
    await writeFile(TABLE, tableText(await readDefaultRoles(api)));
  } finally {
    api.close();
    await controlPlane.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
