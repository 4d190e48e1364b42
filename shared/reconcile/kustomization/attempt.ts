import type { Kustomization } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import type { Scope } from '../reconciler.ts';
import type { SeenAll } from './observe.ts';
import type { Stage } from './status.ts';

/** Says which stage the run is in. */
export type Show = (
  stage: Stage,
  options?: { readonly checkpoint?: boolean; readonly brief?: boolean },
) => Promise<void>;

/** One attempt at one revision. */
export interface Attempt {
  readonly object: Kustomization;
  readonly artifact: Artifact;
  readonly seen: SeenAll;
  readonly scope: Scope;
  readonly show: Show;
}
