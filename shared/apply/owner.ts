import { type Owner, ownerLabels } from '../core/owner-labels.ts';

/** Selects an owner's objects in a LIST. */
export function ownerSelector(owner: Owner): string {
  return Object.entries(ownerLabels(owner))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Whether an object carries the owner's labels, by value. */
export function isOwned(
  object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } },
  owner: Owner,
): boolean {
  return Object.entries(ownerLabels(owner)).every(([key, value]) => object.metadata.labels?.[key] === value);
}
