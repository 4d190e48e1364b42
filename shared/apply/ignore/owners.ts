import { canonicalJson } from '../../core/digests.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../core/kubernetes-object.ts';
import type { FieldsV1 } from '../field-set.ts';
import { type Pointer, valueAt } from './pointer.ts';

/** The entries of server-side apply on the main resource. */
function appliedEntries({ metadata }: KubernetesObject): readonly ManagedFieldsEntry[] {
  return (metadata.managedFields ?? []).filter(
    ({ operation, subresource, fieldsV1 }) => operation === 'Apply' && !subresource && fieldsV1,
  );
}

/** Whether somebody else than `fieldManager` applies the field at a pointer. */
export function isAppliedByOthers(live: KubernetesObject, pointer: Pointer, fieldManager: string): boolean {
  const entries = appliedEntries(live);
  const steps = elementsOf(live, pointer, entries);
  return (
    steps !== undefined &&
    entries.some(
      ({ manager, fieldsV1 }) => manager !== fieldManager && fieldAt(fieldsV1, steps) !== undefined,
    )
  );
}

/** The fields of our entry without those at the pointers, and without what is empty then. */
export function fieldsBesides(
  object: KubernetesObject,
  pointers: readonly Pointer[],
  fieldManager: string,
): FieldsV1 {
  const entries = appliedEntries(object);
  const ours = entries.findLast(({ manager }) => manager === fieldManager)?.fieldsV1 ?? {};
  return pointers.reduce<FieldsV1>((fields, pointer) => {
    const steps = elementsOf(object, pointer, entries);
    return steps ? withoutField(fields, steps) : fields;
  }, ours);
}

/** A pointer as elements of a field set: `f:` for names, the `k:` of an item for its place in a list. */
function elementsOf(
  object: KubernetesObject,
  pointer: Pointer,
  entries: readonly ManagedFieldsEntry[],
): readonly string[] | undefined {
  const steps: string[] = [];
  for (const [index, step] of pointer.entries()) {
    const list = valueAt(object, pointer.slice(0, index));
    if (!Array.isArray(list)) {
      steps.push(`f:${step}`);
      continue;
    }
    const key = keyOfItem(list[Number(step)], entries, steps);
    if (key === undefined) return undefined;
    steps.push(key);
  }
  return steps;
}

function keyOfItem(
  item: unknown,
  entries: readonly ManagedFieldsEntry[],
  above: readonly string[],
): string | undefined {
  if (!isFields(item)) return undefined;
  const keys = entries.flatMap(({ fieldsV1 }) => Object.keys(fieldAt(fieldsV1, above) ?? {}));
  return keys.find((key) => key.startsWith('k:') && hasKeys(item, JSON.parse(key.slice(2))));
}

function hasKeys(item: FieldsV1, keys: unknown): boolean {
  return (
    isFields(keys) &&
    Object.entries(keys).every(([name, value]) => canonicalJson(item[name]) === canonicalJson(value))
  );
}

function fieldAt(fields: unknown, steps: readonly string[]): FieldsV1 | undefined {
  const found = steps.reduce<unknown>((inner, step) => (isFields(inner) ? inner[step] : undefined), fields);
  return isFields(found) ? found : undefined;
}

function withoutField(fields: FieldsV1, [step = '', ...rest]: readonly string[]): FieldsV1 {
  const { [step]: child, ...others } = fields;
  if (rest.length === 0 || !isFields(child)) return others;
  const inner = withoutField(child, rest);
  const isEmpty = Object.keys(inner).every((key) => key === '.');
  return isEmpty ? others : { ...fields, [step]: inner };
}

function isFields(value: unknown): value is FieldsV1 {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
