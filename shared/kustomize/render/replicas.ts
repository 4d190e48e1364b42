import type { FieldSpec } from './field-specs.ts';
import { visitField } from './fields-at.ts';
import { isNull, refuse, textOf } from './node.ts';
import { currentId, isSelected, previousIds, type Resource } from './resource.ts';

/** Sets `spec.replicas` of the workloads that have, or ever had, a name. Fault `unsupported` when there is none. */
export function setReplicas(
  resources: readonly Resource[],
  name: string,
  count: number,
  specs: readonly FieldSpec[],
): void {
  let found = false;
  for (const resource of resources) {
    const ids = [...previousIds(resource), currentId(resource)].filter((id) => id.name === name);
    for (const spec of specs) {
      if (!ids.some((id) => isSelected(id, spec))) continue;
      found = true;
      // Its kind may have been another.
      if (!isSelected(currentId(resource), spec)) continue;
      visitField(resource, spec, (slot) => {
        // A number in quotes would stay in quotes.
        if (typeof slot.value === 'string' || (!isNull(slot.value) && textOf(slot.value) === undefined)) {
          refuse('replicas that are no number');
        }
        slot.map[slot.name] = count;
      });
    }
  }
  if (!found) refuse(`replicas of ${name}, which is not there`);
}
