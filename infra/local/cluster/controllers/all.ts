import { accountTokens, namespaceContents } from './cluster/accounts.ts';
import { autoscalers } from './cluster/autoscalers.ts';
import { budgets } from './cluster/budgets.ts';
import { claims } from './cluster/claims.ts';
import { endpointSlices } from './cluster/endpoint-slices.ts';
import { expiringEvents } from './cluster/events.ts';
import { garbage } from './cluster/garbage.ts';
import { namespaces } from './cluster/namespaces.ts';
import { quotas } from './cluster/quotas.ts';
import { aggregatedRoles } from './cluster/roles.ts';
import { volumes } from './cluster/volumes.ts';
import type { Controller } from './controller.ts';
import { pods } from './node/pods.ts';
import { cronJobs } from './workloads/cron-job.ts';
import { daemonSets } from './workloads/daemon-set.ts';
import { deployments } from './workloads/deployment.ts';
import { jobs } from './workloads/job.ts';
import { replicaSets } from './workloads/replica-set.ts';
import { statefulSets } from './workloads/stateful-set.ts';

/** Every controller that is simulated; of a kind that is not here, only the API is. */
export const CONTROLLERS: readonly Controller[] = [
  namespaceContents,
  namespaces,
  garbage,
  accountTokens,
  aggregatedRoles,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  cronJobs,
  jobs,
  pods,
  endpointSlices,
  claims,
  volumes,
  budgets,
  autoscalers,
  quotas,
  expiringEvents,
];
