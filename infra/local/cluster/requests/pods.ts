import type { KubernetesObject, ObjectMetadata } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, badRequest, conflict, invalid } from '../api-error.ts';
import type { Call, WriteQuery, Written } from '../model.ts';
import { resourceId, toObject } from '../store/entry.ts';
import { required } from '../strategies/rules/errors.ts';
import { timeOf } from './create.ts';
import { deleteObject } from './delete.ts';
import { demandName, inNamespace } from './identity.ts';
import { labelSelector } from './selectors/labels.ts';
import { selectorText } from './selectors/selector-text.ts';
import { findEntry } from './stored-object.ts';
import type { World } from './world.ts';

const BUDGETS = 'policy/poddisruptionbudgets';

interface Binding extends KubernetesObject {
  readonly target?: { readonly kind?: string; readonly name?: string };
}

interface Budget {
  readonly metadata: ObjectMetadata;
  readonly spec?: { readonly selector?: unknown };
  readonly status?: { readonly disruptionsAllowed?: number };
}

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

/** Puts a pod on a node, as the scheduler does. Throws 409 when it has one. */
export function bind(world: World, call: Call, body: KubernetesObject, { dryRun }: WriteQuery): Written {
  const binding = inNamespace(call, { ...body, metadata: body.metadata ?? {} } as Binding) as Binding;
  if (binding.metadata.name !== call.name)
    throw badRequest('name in URL does not match name in Binding object');
  const { target } = binding;
  if (!target?.name) throw invalid({ group: '', kind: 'Binding' }, call.name, [required('target.name')]);
  const pod = toObject(findEntry(world, call), call.type);
  const { nodeName, ...spec } = pod.spec as { readonly nodeName?: string };
  if (nodeName) {
    throw conflict(
      { group: '', plural: 'pods/binding' },
      call.name,
      `pod ${call.name} is already assigned to node ${JSON.stringify(nodeName)}`,
    );
  }
  const annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  const metadata = {
    ...pod.metadata,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  const bound = { ...pod, metadata, spec: { ...spec, nodeName: target.name }, status: scheduled(world, pod) };
  if (!dryRun) world.store.put(resourceId(call.type), bound);
  return { object: SUCCESS as unknown as KubernetesObject, created: true, warnings: [] };
}

function scheduled({ nature }: World, { status }: KubernetesObject): object {
  const { conditions = [], ...rest } = (status ?? {}) as {
    readonly conditions?: readonly { type: string }[];
  };
  const lastTransitionTime = timeOf(nature.now());
  const condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime };
  return { ...rest, conditions: [...conditions.filter(({ type }) => type !== 'PodScheduled'), condition] };
}

/** Deletes a pod unless a PodDisruptionBudget forbids it (429). */
export function evict(world: World, call: Call, body: KubernetesObject, { dryRun }: WriteQuery): Written {
  const eviction = inNamespace(call, { ...body, metadata: body.metadata ?? {} } as KubernetesObject);
  if (eviction.metadata.name) demandName(call, eviction);
  const pod = toObject(findEntry(world, call), call.type);
  const budgets = budgetsOf(world, call.namespace, pod);
  if (budgets.length > 1) {
    throw new ApiError(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const [budget] = budgets;
  if (budget && isRunning(pod) && (budget.status?.disruptionsAllowed ?? 0) <= 0) throw disrupted(budget);
  const { deleteOptions } = eviction as { readonly deleteOptions?: { readonly gracePeriodSeconds?: number } };
  const grace = deleteOptions?.gracePeriodSeconds;
  deleteObject(world, { ...call }, { dryRun, ...(grace !== undefined && { gracePeriodSeconds: grace }) });
  return { object: SUCCESS as unknown as KubernetesObject, created: true, warnings: [] };
}

function budgetsOf({ store, catalog }: World, namespace: string, pod: KubernetesObject): readonly Budget[] {
  const type = catalog.stored(BUDGETS);
  if (!type) return [];
  return store
    .list(BUDGETS, namespace)
    .map((entry) => toObject(entry, type) as unknown as Budget)
    .filter(({ spec }) => {
      if (typeof spec?.selector !== 'object' || spec.selector === null) return false;
      const selects = labelSelector(selectorText(spec.selector));
      return !selects || selects(pod.metadata.labels ?? {});
    });
}

function isRunning({ status }: KubernetesObject): boolean {
  const { phase } = (status ?? {}) as { readonly phase?: string };
  return phase === 'Running';
}

function disrupted({ metadata }: Budget): ApiError {
  const causes = [
    {
      reason: 'DisruptionBudget',
      message: `The disruption budget ${metadata.name} does not allow evicting pods currently`,
    },
  ];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError(429, 'TooManyRequests', message, { causes });
}
