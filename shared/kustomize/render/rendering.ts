import type { FileTree } from '../../ports.ts';
import type { YamlBudget } from '../yaml-budget.ts';
import type { FieldSpec } from './field-specs.ts';
import type { Generator, GeneratorOptions } from './generators.ts';
import type { ImageChange } from './images.ts';
import type { TextMap } from './metadata.ts';
import type { Spent } from './meter.ts';
import type { SortOptions } from './order.ts';
import type { Patch, ReadPatch } from './patches.ts';
import type { Replacement } from './replacements.ts';

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
    readonly fields?: readonly FieldSpec[];
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
  readonly replacements?: readonly Replacement[];
  readonly configurations?: readonly string[];
  readonly buildMetadata?: readonly string[];
  readonly sortOptions?: SortOptions;
}

/** The patches of a kustomization, read. */
export interface Patches {
  readonly strategic: readonly ReadPatch[];
  readonly any: readonly ReadPatch[];
  readonly json: readonly ReadPatch[];
  readonly replacements: readonly Replacement[];
}

/** Where a kustomization stands, seen from the one that is built. */
export interface Standing {
  /** Its directory, empty for the outermost. */
  readonly directory: string;
  /** Its file's name. */
  readonly file: string;
}

/** One rendering. */
export interface Rendering extends Spent {
  readonly tree: FileTree;
  readonly budget: YamlBudget;
  /** What is to be noted of each object's origin. */
  readonly notes: Notes;
}

/** By the outermost `buildMetadata`, the only one that counts. */
export interface Notes {
  readonly origin: boolean;
  readonly transformations: boolean;
}

/** What is known of a rendering at its start. */
export function renderingOf(tree: FileTree, budget: YamlBudget, notes: Notes): Rendering {
  return { tree, budget, notes, steps: 0, grown: 0 };
}
