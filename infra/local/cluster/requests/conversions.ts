import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { badRequest } from '../api-error.ts';
import type { ResourceType } from '../model.ts';
import { apiVersionOf } from './versions.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The names of `v1` Event's fields in `events.k8s.io/v1`. */
const EVENT_FIELDS: Readonly<Record<string, string>> = {
  count: 'deprecatedCount',
  firstTimestamp: 'deprecatedFirstTimestamp',
  involvedObject: 'regarding',
  lastTimestamp: 'deprecatedLastTimestamp',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
};
const CORE_EVENT_FIELDS = Object.fromEntries(Object.entries(EVENT_FIELDS).map(([from, to]) => [to, from]));

/** The object of a built-in kind in another of its versions; Events of both groups and both versions of autoscalers are the same objects. */
export function convert(object: KubernetesObject, to: ResourceType): KubernetesObject {
  const apiVersion = apiVersionOf(to);
  if (object.apiVersion === apiVersion) return object;
  return { ...contentIn(object, apiVersion), apiVersion, kind: object.kind, metadata: object.metadata };
}

function contentIn(object: KubernetesObject, apiVersion: string): Fields {
  if (object.kind === 'Event') {
    return renamed(object, apiVersion === 'v1' ? CORE_EVENT_FIELDS : EVENT_FIELDS);
  }
  if (object.kind !== 'HorizontalPodAutoscaler') return object;
  return apiVersion === 'autoscaling/v1' ? olderAutoscaler(object) : newerAutoscaler(object);
}

function renamed(object: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names[name] ?? name, value]));
}

interface Metric {
  readonly type: string;
  readonly resource?: {
    readonly name: string;
    readonly target?: { readonly type: string; readonly averageUtilization?: number };
    readonly current?: { readonly averageUtilization?: number };
  };
}

/** Version 1 knows no metric but the utilization of CPU. */
function olderAutoscaler({ spec, status }: KubernetesObject): Fields {
  const {
    metrics,
    behavior: _,
    ...scaling
  } = (spec ?? {}) as { readonly metrics?: readonly Metric[]; readonly behavior?: unknown };
  const {
    currentMetrics,
    conditions: __,
    ...state
  } = (status ?? {}) as {
    readonly currentMetrics?: readonly Metric[];
    readonly conditions?: unknown;
  };
  const target = cpuOf(metrics)?.target?.averageUtilization;
  const current = cpuOf(currentMetrics)?.current?.averageUtilization;
  return {
    spec: { ...scaling, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: { ...state, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
  };
}

function newerAutoscaler({ spec, status }: KubernetesObject): Fields {
  const { targetCPUUtilizationPercentage: target, ...scaling } = (spec ?? {}) as {
    readonly targetCPUUtilizationPercentage?: number;
  };
  const { currentCPUUtilizationPercentage: _, ...state } = (status ?? {}) as Fields;
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } };
  return {
    spec: { ...scaling, ...(target !== undefined && { metrics: [{ type: 'Resource', resource }] }) },
    status: state,
  };
}

/** Throws 400 when the version of `type` cannot say all of a stored object. */
export function demandSayable(stored: KubernetesObject, type: ResourceType): void {
  if (stored.kind !== 'HorizontalPodAutoscaler' || type.version !== 'v1') return;
  const { metrics = [], behavior } = (stored.spec ?? {}) as {
    readonly metrics?: readonly Metric[];
    readonly behavior?: unknown;
  };
  if (behavior === undefined && metrics.every((metric) => cpuOf([metric]) !== undefined)) return;
  throw badRequest(
    'this HorizontalPodAutoscaler has metrics or behavior that autoscaling/v1 cannot say: use autoscaling/v2',
  );
}

function cpuOf(metrics: readonly Metric[] | undefined): Metric['resource'] {
  const found = metrics?.find(({ type, resource }) => {
    const { averageUtilization } = resource?.target ?? resource?.current ?? {};
    return type === 'Resource' && resource?.name === 'cpu' && averageUtilization !== undefined;
  });
  return found?.resource;
}
