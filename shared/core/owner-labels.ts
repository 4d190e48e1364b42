import { GROUP } from '../api/vocabulary.ts';

/** The Kustomization or HelmRelease whose objects these are. */
export interface Owner {
  readonly name: string;
  readonly namespace: string;
  /** Group of the label keys; Kustomizations' by default. */
  readonly group?: string;
}

/** The labels every object of an owner carries: `<group>/name` and `<group>/namespace` (KS-33). */
export function ownerLabels({
  name,
  namespace,
  group = GROUP.kustomize,
}: Owner): Readonly<Record<string, string>> {
  return { [`${group}/name`]: name, [`${group}/namespace`]: namespace };
}
