import type { KindRules } from './kind-rules.ts';
import { endpointSlice, endpoints } from './network/endpoints.ts';
import { ingress, ingressClass } from './network/ingress.ts';
import { networkPolicy } from './network/network-policy.ts';
import { service } from './network/service.ts';
import { horizontalPodAutoscaler, podDisruptionBudget } from './others/autoscaling.ts';
import { customResourceDefinition } from './others/custom-resource-definition.ts';
import { event } from './others/event.ts';
import { namespace } from './others/namespace.ts';
import { limitRange, resourceQuota } from './others/quotas.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './others/rbac.ts';
import { lease, node, priorityClass, runtimeClass } from './others/scheduling.ts';
import { pod, podTemplate } from './pods/pod.ts';
import { configMap, secret, serviceAccount } from './storage/secret.ts';
import { persistentVolume, persistentVolumeClaim, storageClass } from './storage/volumes.ts';
import { cronJob } from './workloads/cron-job.ts';
import { daemonSet } from './workloads/daemon-set.ts';
import { deployment, replicaSet } from './workloads/deployment.ts';
import { job } from './workloads/job.ts';
import { replicationController } from './workloads/replication-controller.ts';
import { statefulSet } from './workloads/stateful-set.ts';

/** The rules of every built-in kind that has some, by the id of its resource. */
export const KINDS: Readonly<Record<string, KindRules>> = {
  '/configmaps': configMap,
  '/endpoints': endpoints,
  '/events': event,
  '/limitranges': limitRange,
  '/namespaces': namespace,
  '/nodes': node,
  '/persistentvolumeclaims': persistentVolumeClaim,
  '/persistentvolumes': persistentVolume,
  '/pods': pod,
  '/podtemplates': podTemplate,
  '/replicationcontrollers': replicationController,
  '/resourcequotas': resourceQuota,
  '/secrets': secret,
  '/serviceaccounts': serviceAccount,
  '/services': service,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinition,
  'apps/daemonsets': daemonSet,
  'apps/deployments': deployment,
  'apps/replicasets': replicaSet,
  'apps/statefulsets': statefulSet,
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscaler,
  'batch/cronjobs': cronJob,
  'batch/jobs': job,
  'coordination.k8s.io/leases': lease,
  'discovery.k8s.io/endpointslices': endpointSlice,
  'events.k8s.io/events': event,
  'networking.k8s.io/ingressclasses': ingressClass,
  'networking.k8s.io/ingresses': ingress,
  'networking.k8s.io/networkpolicies': networkPolicy,
  'node.k8s.io/runtimeclasses': runtimeClass,
  'policy/poddisruptionbudgets': podDisruptionBudget,
  'rbac.authorization.k8s.io/clusterrolebindings': clusterRoleBinding,
  'rbac.authorization.k8s.io/clusterroles': clusterRole,
  'rbac.authorization.k8s.io/rolebindings': roleBinding,
  'rbac.authorization.k8s.io/roles': role,
  'scheduling.k8s.io/priorityclasses': priorityClass,
  'storage.k8s.io/storageclasses': storageClass,
};
