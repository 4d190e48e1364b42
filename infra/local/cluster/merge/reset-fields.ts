import type { ResourceType } from '../model.ts';
import type { FieldSet } from './field-set.ts';

const MAIN: FieldSet = { 'f:status': {} };
const STATUS: FieldSet = { 'f:spec': {} };
const CUSTOM_STATUS: FieldSet = { 'f:metadata': {}, 'f:spec': {} };
const FINALIZE: FieldSet = { 'f:status': {} };

/** Of what else the status subresource of some kinds does not write, by resource (`GetResetFields` of their strategies in 1.36). */
const STATUS_OF: Readonly<Record<string, FieldSet>> = {
  'apps/deployments': { 'f:metadata': { 'f:labels': {} }, 'f:spec': {} },
  '/pods': { 'f:metadata': { 'f:deletionTimestamp': {}, 'f:ownerReferences': {} }, 'f:spec': {} },
  'storage.k8s.io/volumeattachments': CUSTOM_STATUS,
};

/** The fields that a request for a resource or subresource may send, but does not write: they are nobody's by it. */
export function resetFields(
  { group, plural, subresources, custom }: Pick<ResourceType, 'group' | 'plural' | 'subresources' | 'custom'>,
  subresource?: string,
): FieldSet | undefined {
  if (subresource === undefined) return subresources.includes('status') ? MAIN : undefined;
  if (subresource === 'finalize') return FINALIZE;
  if (subresource !== 'status') return undefined;
  return custom ? CUSTOM_STATUS : (STATUS_OF[`${group}/${plural}`] ?? STATUS);
}
