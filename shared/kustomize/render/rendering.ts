import type { FileTree } from '../../ports.ts';
import type { YamlBudget } from '../yaml-budget.ts';
import type { Generator, GeneratorOptions } from './generators.ts';
import type { ImageChange } from './images.ts';
import type { TextMap } from './metadata.ts';
import type { Spent } from './meter.ts';
import type { SortOptions } from './order.ts';
import type { Patch, ReadPatch } from './patches.ts';

/** A kustomization as the walk leaves it: known fields in their own spelling. */
export interface Kustomization {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly resources?: readonly string[];
  readonly bases?: readonly string[];
  readonly components?: readonly string[];
  readonly namespace?: string;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly labels?: readonly {
    readonly pairs?: TextMap;
    readonly includeSelectors?: boolean;
    readonly includeTemplates?: boolean;
  }[];
  readonly commonLabels?: TextMap;
  readonly commonAnnotations?: TextMap;
  readonly images?: readonly ImageChange[];
  readonly imageTags?: readonly ImageChange[];
  readonly replicas?: readonly { readonly name?: string; readonly count?: number }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
  readonly generatorOptions?: GeneratorOptions;
  readonly patches?: readonly Patch[];
  readonly patchesStrategicMerge?: readonly string[];
  readonly patchesJson6902?: readonly Patch[];
  readonly sortOptions?: SortOptions;
}

/** The patches of a kustomization, read. */
export interface Patches {
  readonly strategic: readonly ReadPatch[];
  readonly any: readonly ReadPatch[];
  readonly json: readonly ReadPatch[];
}

/** One rendering. */
export interface Rendering extends Spent {
  readonly tree: FileTree;
  readonly budget: YamlBudget;
}

/** What is known of a rendering at its start. */
export function renderingOf(tree: FileTree, budget: YamlBudget): Rendering {
  return { tree, budget, steps: 0, grown: 0 };
}
