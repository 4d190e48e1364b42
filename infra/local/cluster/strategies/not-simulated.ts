import { NODE, SIMULATED } from '../simulation.ts';
import { at, type Fields, fieldsOf, itemsOf, sameValue, stringsOf } from './rules/fields.ts';

/** Something that is stored as it comes and has no effect here. */
interface Unsimulated {
  /** Path of the field; the whole object when absent. */
  readonly path?: string;
  /** Values that need no word, because nothing would happen on a real cluster either, or the same. */
  readonly unless?: (value: unknown) => boolean;
  /** Ends the sentence that begins with `the embedded cluster stores`. */
  readonly says: string;
}

const ofJobs = (spec: string): readonly Unsimulated[] => [
  { path: `${spec}.successPolicy`, says: "this Job's successPolicy and does not follow it" },
  { path: `${spec}.podFailurePolicy`, says: "this Job's podFailurePolicy and does not follow it" },
  {
    path: `${spec}.backoffLimitPerIndex`,
    says: "this Job's backoffLimitPerIndex and does not count failures by index",
  },
  {
    path: `${spec}.podReplacementPolicy`,
    unless: (value) => value === 'TerminatingOrFailed',
    says: "this Job's podReplacementPolicy and does not wait for pods that terminate",
  },
];

const isStandardRetention = (value: unknown) =>
  sameValue(value, { whenDeleted: 'Retain', whenScaled: 'Retain' });
const isOfOneClass = (hard: unknown) =>
  !Object.keys(fieldsOf(hard) ?? {}).some((name) => name.includes('.storageclass.storage.k8s.io/'));
const hasNoEviction = (taints: unknown) => !itemsOf(taints).some(({ effect }) => effect === 'NoExecute');
const countsOnlyOwn = (scopes: unknown) => !stringsOf(scopes).includes('CrossNamespacePodAffinity');
const isUtc = (zone: unknown) => zone === 'UTC' || zone === 'Etc/UTC';

/** All that is stored and not simulated, by the id of its resource; conditions, Events and the README tell of the rest. */
const NOT_SIMULATED: Readonly<Record<string, readonly Unsimulated[]>> = {
  '/limitranges': [{ says: 'this LimitRange and does not apply it to pods' }],
  '/nodes': [
    {
      path: 'metadata.name',
      unless: (name) => name === NODE,
      says: `this Node and does not run pods on it: all are on ${NODE}`,
    },
    {
      path: 'spec.taints',
      unless: hasNoEviction,
      says: 'NoExecute taints and does not evict the pods that are there: it keeps new ones off',
    },
  ],
  '/pods': [{ path: 'spec.ephemeralContainers', says: 'ephemeral containers and does not run them' }],
  '/replicationcontrollers': [{ says: 'this ReplicationController and does not make pods for it' }],
  '/resourcequotas': [
    {
      path: 'spec.scopeSelector',
      says: "this ResourceQuota's scopeSelector and does not follow it: all pods count",
    },
    {
      path: 'spec.scopes',
      unless: countsOnlyOwn,
      says: 'the scope CrossNamespacePodAffinity and does not count pods by it',
    },
    {
      path: 'spec.hard',
      unless: isOfOneClass,
      says: 'limits by storage class and does not tell classes apart: all claims count',
    },
  ],
  '/services': [
    {
      path: 'spec.type',
      unless: (type) => type !== 'LoadBalancer',
      says: 'this Service and does not make a load balancer for it',
    },
  ],
  'apps/daemonsets': [
    {
      path: 'spec.updateStrategy.rollingUpdate.maxSurge',
      unless: (value) => value === 0 || value === '0%',
      says: "this DaemonSet's maxSurge and does not start new pods before the old ones are gone",
    },
  ],
  'apps/statefulsets': [
    {
      path: 'spec.updateStrategy.rollingUpdate.maxUnavailable',
      unless: (value) => value === 1,
      says: "this StatefulSet's maxUnavailable and does not update several pods at once",
    },
    {
      path: 'spec.persistentVolumeClaimRetentionPolicy',
      unless: isStandardRetention,
      says: "this StatefulSet's persistentVolumeClaimRetentionPolicy and does not delete claims",
    },
  ],
  'autoscaling/horizontalpodautoscalers': [
    { says: 'this HorizontalPodAutoscaler and does not scale by it: there are no metrics' },
  ],
  'batch/cronjobs': [
    {
      path: 'spec.timeZone',
      unless: isUtc,
      says: "this CronJob's timeZone and does not follow it: its schedule is read in UTC",
    },
    ...ofJobs('spec.jobTemplate.spec'),
  ],
  'batch/jobs': ofJobs('spec'),
  'networking.k8s.io/ingresses': [{ says: 'this Ingress and does not carry traffic' }],
  'networking.k8s.io/networkpolicies': [
    { says: 'this NetworkPolicy and does not enforce it: there is no traffic' },
  ],
  'policy/poddisruptionbudgets': [
    {
      path: 'spec.unhealthyPodEvictionPolicy',
      unless: (value) => value !== 'AlwaysAllow',
      says: "this PodDisruptionBudget's unhealthyPodEvictionPolicy and does not follow it",
    },
  ],
  'scheduling.k8s.io/priorityclasses': [
    { says: 'this PriorityClass, gives its value to pods and does not preempt others for them' },
  ],
  'storage.k8s.io/storageclasses': [
    {
      path: 'provisioner',
      unless: (name) => name === SIMULATED,
      says: 'this StorageClass and does not have its provisioner: claims of it stay pending',
    },
  ],
};

/** Warnings about what of a new object (`old` undefined) or of a change is stored and has no effect here. */
export function simulationWarnings(id: string, object: object, old: object | undefined): readonly string[] {
  const rows = NOT_SIMULATED[id];
  if (!rows) return [];
  return rows
    .filter((row) => isNews(row, object, old))
    .map(({ says }) => `the embedded cluster stores ${says}`);
}

function isNews({ path, unless }: Unsimulated, object: object, old: object | undefined): boolean {
  if (path === undefined)
    return old === undefined || !sameValue((object as Fields).spec, (old as Fields).spec);
  const value = at(object, path);
  if (value === undefined || value === null || unless?.(value)) return false;
  return old === undefined || !sameValue(value, at(old, path));
}
