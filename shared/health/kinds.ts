import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { conditionsOf, textAt } from './fields.ts';
import { current, failed, type Health, inProgress } from './health.ts';
import { jobHealth } from './jobs.ts';
import { podHealth } from './pods.ts';
import { daemonSetHealth, deploymentHealth, replicaSetHealth, statefulSetHealth } from './workloads.ts';

/** A kind's own rule; `now` is needed by those that give an object time. */
export type KindRule = (object: KubernetesObject, now: Date) => Health;

const alwaysReady: KindRule = () => current('Resource is always ready');

/** Kinds with a rule of their own, by group and kind, as kstatus lists them; all others follow the generic rules. */
const RULES: Readonly<Record<string, KindRule>> = {
  '/ConfigMap': alwaysReady,
  '/PersistentVolumeClaim': claimHealth,
  '/Pod': podHealth,
  '/Secret': alwaysReady,
  '/Service': serviceHealth,
  'apiextensions.k8s.io/CustomResourceDefinition': definitionHealth,
  'apps/DaemonSet': daemonSetHealth,
  'apps/Deployment': deploymentHealth,
  'apps/ReplicaSet': replicaSetHealth,
  'apps/StatefulSet': statefulSetHealth,
  'batch/CronJob': alwaysReady,
  'extensions/DaemonSet': daemonSetHealth,
  'extensions/Deployment': deploymentHealth,
  'extensions/ReplicaSet': replicaSetHealth,
  'policy/PodDisruptionBudget': () => current('AllowedDisruptions has been computed.'),
};

/** Kinds whose rule stands in place of the generic ones too. */
const WHOLE_RULES: Readonly<Record<string, KindRule>> = { 'batch/Job': jobHealth };

/** The rule that is asked after the generic ones, if the kind has one. */
export function ruleOf(object: KubernetesObject): KindRule | undefined {
  return RULES[kindKey(object)];
}

/** The rule that is asked instead of the generic ones, if the kind has one. */
export function wholeRuleOf(object: KubernetesObject): KindRule | undefined {
  return WHOLE_RULES[kindKey(object)];
}

function kindKey({ apiVersion, kind }: KubernetesObject): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

function claimHealth(object: KubernetesObject): Health {
  const phase = textAt(object, 'status.phase', 'unknown');
  return phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${phase}`);
}

function serviceHealth(object: KubernetesObject): Health {
  const balanced = textAt(object, 'spec.type', 'ClusterIP') === 'LoadBalancer';
  return balanced && textAt(object, 'spec.clusterIP', '') === ''
    ? inProgress('ClusterIP not set. Service type: LoadBalancer')
    : current('Service is ready');
}

function definitionHealth(object: KubernetesObject): Health {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed(message);
    if (type !== 'Established') continue;
    if (status === 'False' && reason !== 'Installing') return failed(message);
    if (status === 'True') return current('CRD is established');
  }
  return inProgress('Install in progress');
}
