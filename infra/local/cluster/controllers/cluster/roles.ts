import { AGGREGATION_MANAGER, staleAggregations } from '../../access/aggregation.ts';
import { actorOf } from '../actor.ts';
import type { Controller } from '../controller.ts';

const CLUSTER_ROLES = 'rbac.authorization.k8s.io/clusterroles';

/** Fills ClusterRoles that gather the rules of others. */
export const aggregatedRoles: Controller = {
  name: 'aggregated roles',
  watches: [CLUSTER_ROLES],
  concerns: () => [{ namespace: '', name: '' }],
  sync(_, world) {
    // It gives what others have, which nobody else may.
    const user = {
      name: `system:serviceaccount:kube-system:${AGGREGATION_MANAGER}`,
      groups: ['system:masters'],
    };
    const actor = actorOf(world, user, AGGREGATION_MANAGER);
    for (const { name, rules } of staleAggregations(world.store)) {
      const role = actor.read(CLUSTER_ROLES, '', name);
      if (role) actor.update(CLUSTER_ROLES, { ...role, rules });
    }
    return undefined;
  },
};
