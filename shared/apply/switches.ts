import { GROUP } from '../api/vocabulary.ts';
import type { ObjectMetadata } from '../core/kubernetes-object.ts';

type Labelled = { readonly metadata: Pick<ObjectMetadata, 'labels' | 'annotations'> };

/** Whether a label or an annotation says so; values are compared without regard to case, as Flux does. */
function says(object: Labelled, name: string, value: string): boolean {
  const key = `${GROUP.kustomize}/${name}`;
  const { labels, annotations } = object.metadata;
  return [labels?.[key], annotations?.[key]].some(
    (found) => typeof found === 'string' && found.toLowerCase() === value,
  );
}

/** `reconcile: disabled` or `ssa: Ignore`: neither applied nor deleted; obeyed on the manifest and on the live object. */
export function isExcluded(object: Labelled): boolean {
  return says(object, 'reconcile', 'disabled') || says(object, 'ssa', 'ignore');
}

/** `ssa: IfNotPresent`: created, never changed; obeyed on the manifest only. */
export function isCreateOnly(object: Labelled): boolean {
  return says(object, 'ssa', 'ifnotpresent');
}

/** `ssa: Merge`: other managers' fields and entries stay; obeyed on the manifest and on the live object. */
export function isMerged(object: Labelled): boolean {
  return says(object, 'ssa', 'merge');
}

/** `force: enabled`: recreated when a field cannot be changed; obeyed on the manifest and on the live object. */
export function isForced(object: Labelled): boolean {
  return says(object, 'force', 'enabled');
}

/** Whether the live object must outlive its manifest: `prune: disabled`, or excluded altogether. */
export function isKept(object: Labelled): boolean {
  return says(object, 'prune', 'disabled') || isExcluded(object);
}
