import { ApiError } from '../../../../infra/local/cluster/api-error.ts';
import { type Application, applyConfiguration } from '../../../../infra/local/cluster/merge/apply.ts';
import { type Tracking, trackUpdate } from '../../../../infra/local/cluster/merge/track.ts';
import { builtInType } from '../../../../infra/local/cluster/schema/built-in.ts';
import { structural } from '../../../../infra/local/cluster/schema/structural.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../../../shared/core/kubernetes-object.ts';

/** When the tests' writes are made, unless they say otherwise. */
export const NOW = new Date('2026-05-01T12:00:00.789Z');
export const LATER = new Date('2026-05-01T12:00:05Z');

/** A ConfigMap as it is sent. */
export function configMap(data?: Record<string, unknown>, metadata: object = {}): KubernetesObject {
  return {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'it', namespace: 'here', ...metadata } },
    ...(data && { data }),
  };
}

/** The same as it is stored. */
export function stored(object: KubernetesObject): KubernetesObject {
  const { uid = 'u-1', ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, uid } };
}

/** How ConfigMaps are written. */
export const CONFIG_MAPS = {
  ...{ apiVersion: 'v1', schema: builtInType('core.v1.ConfigMap'), custom: false, now: NOW },
};

const text = { type: 'string' };

/** How a custom kind with lists and maps of all types is written. */
export const CUSTOM = {
  ...{ apiVersion: 'x.test/v1', custom: true, now: NOW },
  schema: structural({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port', 'protocol'],
            items: {
              type: 'object',
              properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text },
            },
          },
          named: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: text, value: text } },
          },
          tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
          plain: { type: 'array', items: text },
          labels: { type: 'object', additionalProperties: text },
          whole: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
          any: { 'x-kubernetes-preserve-unknown-fields': true },
          text,
          count: { type: 'integer' },
        },
      },
      status: { type: 'object', properties: { phase: text } },
    },
  }),
};

/** An object of the custom kind as it is sent. */
export function custom(spec: unknown, rest: object = {}): KubernetesObject {
  return { apiVersion: 'x.test/v1', kind: 'Thing', metadata: { name: 'it' }, spec, ...rest };
}

/** A server-side apply of a ConfigMap. */
export function apply(
  live: KubernetesObject | undefined,
  applied: KubernetesObject,
  manager: string,
  options: Partial<Application> = {},
): KubernetesObject {
  return applyConfiguration({ ...CONFIG_MAPS, live, applied, manager, force: false, ...options });
}

/** An update of a ConfigMap, or (without `before`) a create. */
export function write(
  before: KubernetesObject | undefined,
  after: KubernetesObject,
  manager: string,
  options: Partial<Tracking> = {},
): KubernetesObject {
  return trackUpdate({ ...CONFIG_MAPS, before, after, manager, ...options });
}

/** Who owns what, in the order of the entries: `manager Operation` and the fields as JSON. */
export function owners({ metadata }: KubernetesObject): readonly string[] {
  return (metadata.managedFields ?? []).map(
    ({ manager, operation, subresource, fieldsV1 }: ManagedFieldsEntry) =>
      `${manager} ${operation}${subresource ? `/${subresource}` : ''} ${JSON.stringify(fieldsV1)}`,
  );
}

/** The refusal that `task` ends with. Throws when it does not. */
export function refusalOf(task: () => unknown): ApiError {
  try {
    task();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
