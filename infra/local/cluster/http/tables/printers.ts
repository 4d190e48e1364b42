import type { ResourceType } from '../../model.ts';
import { column, NAME, nameOf, type Printer } from './columns.ts';
import {
  aged,
  configMaps,
  events,
  leases,
  namespaces,
  nodes,
  priorityClasses,
  resourceQuotas,
  runtimeClasses,
  secrets,
} from './core.ts';
import { customPrinter } from './custom.ts';
import { at } from './fields.ts';
import {
  endpointSlices,
  endpoints,
  ingressClasses,
  ingresses,
  ipAddresses,
  networkPolicies,
  serviceCidrs,
  services,
} from './network.ts';
import { pods } from './pods.ts';
import {
  bindings,
  certificateSigningRequests,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
} from './rules.ts';
import {
  csiDrivers,
  csiNodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from './storage.ts';
import {
  controllerRevisions,
  cronJobs,
  daemonSets,
  deployments,
  jobs,
  podTemplates,
  replicaSets,
  replicationControllers,
  scales,
  statefulSets,
} from './workloads.ts';

const PRINTERS: Readonly<Record<string, Printer>> = {
  '/configmaps': configMaps,
  '/endpoints': endpoints,
  '/events': events,
  '/namespaces': namespaces,
  '/nodes': nodes,
  '/persistentvolumeclaims': persistentVolumeClaims,
  '/persistentvolumes': persistentVolumes,
  '/pods': pods,
  '/podtemplates': podTemplates,
  '/replicationcontrollers': replicationControllers,
  '/resourcequotas': resourceQuotas,
  '/secrets': secrets,
  '/serviceaccounts': aged,
  '/services': services,
  'apps/controllerrevisions': controllerRevisions,
  'apps/daemonsets': daemonSets,
  'apps/deployments': deployments,
  'apps/replicasets': replicaSets,
  'apps/statefulsets': statefulSets,
  'autoscaling/horizontalpodautoscalers': horizontalPodAutoscalers,
  'batch/cronjobs': cronJobs,
  'batch/jobs': jobs,
  'certificates.k8s.io/certificatesigningrequests': certificateSigningRequests,
  'coordination.k8s.io/leases': leases,
  'discovery.k8s.io/endpointslices': endpointSlices,
  'events.k8s.io/events': events,
  'networking.k8s.io/ingressclasses': ingressClasses,
  'networking.k8s.io/ingresses': ingresses,
  'networking.k8s.io/ipaddresses': ipAddresses,
  'networking.k8s.io/networkpolicies': networkPolicies,
  'networking.k8s.io/servicecidrs': serviceCidrs,
  'node.k8s.io/runtimeclasses': runtimeClasses,
  'policy/poddisruptionbudgets': podDisruptionBudgets,
  'rbac.authorization.k8s.io/clusterrolebindings': bindings,
  'rbac.authorization.k8s.io/rolebindings': bindings,
  'scheduling.k8s.io/priorityclasses': priorityClasses,
  'storage.k8s.io/csidrivers': csiDrivers,
  'storage.k8s.io/csinodes': csiNodes,
  'storage.k8s.io/storageclasses': storageClasses,
  'storage.k8s.io/volumeattachments': volumeAttachments,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClasses,
};

// What the API server shows of roles, definitions and all other kinds that it has no columns for.
const OTHERS: Printer = {
  columns: [NAME, column('Created At', 'date')],
  cells: (object) => [nameOf(object), at(object, 'metadata', 'creationTimestamp') ?? null],
};

const custom = new WeakMap<object, Printer>();

/** How `type`, or its subresource, is shown as a Table. */
export function printerOf(type: ResourceType, subresource = ''): Printer {
  if (subresource === 'scale') return scales;
  if (!type.custom) return PRINTERS[`${type.group}/${type.plural}`] ?? OTHERS;
  const { columns } = type.custom;
  const known = custom.get(columns) ?? customPrinter(columns);
  custom.set(columns, known);
  return known;
}
