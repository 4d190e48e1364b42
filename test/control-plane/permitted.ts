import { randomUUID } from 'node:crypto';
import { type Api, until } from './api.ts';

/** What a Role allows. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Makes a ServiceAccount's user that may do this and no more in `namespace`, and waits until the authorizer knows. */
export async function permit(api: Api, namespace: string, rules: readonly Rule[]): Promise<string> {
  const name = `permitted-${randomUUID().slice(0, 8)}`;
  const user = `system:serviceaccount:${namespace}:${name}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await api.create(`${rbac}/roles`, { metadata: { name }, rules });
  await api.create(`${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  for (const { apiGroups, resources, verbs } of rules) {
    const resourceAttributes = { namespace, group: apiGroups[0], resource: resources[0], verb: verbs[0] };
    const review = { spec: { user, resourceAttributes } };
    await until(`${user} may ${verbs[0]} ${resources[0]}`, async () => {
      const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      const answer = await api.create<{ status: { allowed: boolean } }>(path, review);
      return answer.status.allowed || undefined;
    });
  }
  return user;
}
