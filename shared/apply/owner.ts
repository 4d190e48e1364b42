/** The Kustomization or HelmRelease whose objects these are. */
export interface Owner {
  readonly name: string;
  readonly namespace: string;
  /** Group of the label keys; Kustomizations' by default. */
  readonly group?: string;
}

const KUSTOMIZE_GROUP = 'kustomize.toolkit.fluxcd.io';

/** The labels every object of an owner carries. */
export function ownerLabels({
  name,
  namespace,
  group = KUSTOMIZE_GROUP,
}: Owner): Readonly<Record<string, string>> {
  return { [`${group}/name`]: name, [`${group}/namespace`]: namespace };
}

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
