import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { applyConfiguration } from '../merge/apply.ts';
import { resetFields } from '../merge/reset-fields.ts';
import { trackUpdate } from '../merge/track.ts';
import type { Call, ResourceType, WriteQuery } from '../model.ts';
import { convert } from './conversions.ts';
import { apiVersionOf, typeIn } from './versions.ts';
import type { World } from './world.ts';

/** `after` with the managedFields that a create, an update or a patch of `call` leaves. */
export function tracked(
  world: World,
  call: Call,
  query: Pick<WriteQuery, 'fieldManager'>,
  before: KubernetesObject | undefined,
  after: KubernetesObject,
): KubernetesObject {
  return trackUpdate({ ...common(world, call), before, after, manager: query.fieldManager });
}

/** What a server-side apply makes of `live`. Throws ApiError. */
export function applied(
  world: World,
  call: Call,
  query: Pick<WriteQuery, 'fieldManager' | 'force'>,
  live: KubernetesObject | undefined,
  configuration: KubernetesObject,
): KubernetesObject {
  return applyConfiguration({
    ...common(world, call),
    live,
    applied: configuration,
    manager: query.fieldManager,
    force: query.force ?? false,
  });
}

function common(world: World, { type, subresource }: Call) {
  const reset = resetFields(type, subresource);
  return {
    apiVersion: apiVersionOf(type),
    schema: type.schema,
    schemaOf: (apiVersion: string) => typeIn(world, type, apiVersion)?.schema,
    ...(!type.custom && {
      convert: (object: KubernetesObject, apiVersion: string) => convertTo(world, type, object, apiVersion),
    }),
    custom: type.custom !== undefined,
    subresource,
    now: world.nature.now(),
    ...(reset && { reset }),
  };
}

function convertTo(
  world: World,
  type: ResourceType,
  object: KubernetesObject,
  apiVersion: string,
): KubernetesObject {
  const other = typeIn(world, type, apiVersion);
  return other ? convert(object, other) : { ...object, apiVersion };
}
