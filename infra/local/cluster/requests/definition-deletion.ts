import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { DefinitionObject } from './definition.ts';
import { withCondition } from './definition-status.ts';

/** Holds a CRD until its objects are gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** The CRD with the mark of its deletion, as its first deletion leaves it. */
export function markedDefinition(object: KubernetesObject, time: string): KubernetesObject {
  const { metadata } = object;
  const finalizers = metadata.finalizers ?? [];
  const marked = {
    ...object,
    metadata: {
      ...metadata,
      deletionTimestamp: time,
      finalizers: finalizers.includes(CLEANUP) ? finalizers : [...finalizers, CLEANUP],
    },
  } as DefinitionObject;
  return withCondition(marked, time, {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  });
}
