import { groupOf, versionOf } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf, textOf } from '../../strategies/rules/fields.ts';
import { isNews, type Wanted, withCondition } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { keyOf } from '../owners.ts';

const AUTOSCALERS = 'autoscaling/horizontalpodautoscalers';
const SCALABLE = ['apps/deployments', 'apps/replicasets', 'apps/statefulsets'];

/** Tells of autoscalers what a cluster without metrics does: it scales nothing, and says why. */
export const autoscalers: Controller = {
  name: 'autoscalers',
  watches: [AUTOSCALERS, ...SCALABLE],
  concerns({ type, entry }, { store }) {
    if (entry.id !== AUTOSCALERS) {
      const named = JSON.stringify(entry.name);
      return store
        .list(AUTOSCALERS, entry.namespace)
        .filter(({ rest }) => rest.includes(named))
        .map(keyOf);
    }
    return type === 'DELETED' ? [] : [keyOf(entry)];
  },
  sync({ namespace, name }, world) {
    const autoscaler = world.manager.read(AUTOSCALERS, namespace, name);
    if (!autoscaler) return undefined;
    const present = fieldsOf(autoscaler.status) ?? {};
    const target = targetOf(fieldsOf(autoscaler.spec) ?? {}, namespace, world);
    const conditions = target.conditions.reduce<unknown>(
      (made, wanted) => withCondition(made, wanted, world.nature.now()),
      present.conditions,
    );
    const status: Fields = {
      ...(target.replicas !== undefined && { currentReplicas: target.replicas }),
      desiredReplicas: 0,
      currentMetrics: null,
      conditions,
    };
    if (isNews(status, present)) world.manager.writeStatus(AUTOSCALERS, autoscaler, status);
    return undefined;
  },
};

function targetOf(
  spec: Fields,
  namespace: string,
  { catalog, manager }: ControllerWorld,
): { readonly replicas: number | undefined; readonly conditions: readonly Wanted[] } {
  const reference = fieldsOf(spec.scaleTargetRef) ?? {};
  const [apiVersion, kind, name] = [
    textOf(reference.apiVersion),
    textOf(reference.kind),
    textOf(reference.name),
  ];
  const type = catalog.kind(groupOf(apiVersion), versionOf(apiVersion), kind);
  const found = type && manager.read(`${type.group}/${type.plural}`, namespace, name);
  if (!type || !found) {
    const plural = type ? `${type.plural}/scale${type.group === '' ? '' : `.${type.group}`}` : kind;
    const why = `${plural} ${JSON.stringify(name)} not found`;
    const message = `the HPA controller was unable to get the target's current scale: ${why}`;
    return {
      replicas: undefined,
      conditions: [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message }],
    };
  }
  const replicas = numberOf(fieldsOf(found.status)?.replicas);
  const able = "the HPA controller was able to get the target's current scale";
  const active =
    numberOf(fieldsOf(found.spec)?.replicas) === 0
      ? {
          ...({ type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' } as const),
          message: 'scaling is disabled since the replica count of the target is zero',
        }
      : withoutMetrics(spec);
  return {
    replicas,
    conditions: [{ type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: able }, active],
  };
}

function withoutMetrics(spec: Fields): Wanted {
  const metric = itemsOf(spec.metrics)[0];
  const kind = textOf(metric?.type) || 'Resource';
  const name = textOf(fieldsOf(metric?.resource)?.name) || 'cpu';
  const why = 'the server could not find the requested resource (get pods.metrics.k8s.io)';
  const message =
    kind === 'Resource'
      ? `the HPA was unable to compute the replica count: failed to get ${name} utilization: unable to get metrics for resource ${name}: unable to fetch metrics from resource metrics API: ${why}`
      : `the HPA was unable to compute the replica count: unable to get metrics of type ${kind}: ${why}`;
  return { type: 'ScalingActive', status: 'False', reason: `FailedGet${kind}Metric`, message };
}
