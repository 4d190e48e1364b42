import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { ResourceType } from '../model.ts';
import type { Strategy } from '../strategy.ts';
import { sameValue, withMembers, withMetadata } from './rules/fields.ts';

/** The strategy of every kind that a CRD declares: its schema defaults and validates, here are status and generation. */
export function custom(type: ResourceType): Strategy {
  const hasStatus = type.subresources.includes('status');

  function prepareUpdate(
    object: KubernetesObject,
    old: KubernetesObject,
    subresource: string | undefined,
  ): KubernetesObject {
    if (subresource === 'status') {
      const { managedFields, resourceVersion } = object.metadata;
      return withMetadata(withMembers(old, { status: object.status }), { managedFields, resourceVersion });
    }
    const made = hasStatus ? withMembers(object, { status: old.status }) : object;
    const { generation = 1 } = old.metadata;
    return withMetadata(made, {
      generation: sameValue(content(made), content(old)) ? generation : generation + 1,
    });
  }

  function content({ metadata: _, ...others }: KubernetesObject): unknown {
    // Versions of a kind differ in nothing but their name here.
    return { ...others, apiVersion: undefined, ...(hasStatus && { status: undefined }) };
  }

  return {
    defaults: (object) => object,
    prepareCreate: (object) =>
      withMetadata(hasStatus ? withMembers(object, { status: undefined }) : object, { generation: 1 }),
    prepareUpdate,
    // Its schema says all there is to say.
    validate: () => [],
    gracePeriodSeconds: () => 0,
  };
}
