import { isFault } from '../../core/failures.ts';
import { printGoYaml } from '../../core/go-yaml/print.ts';
import type { FileTree } from '../../ports.ts';
import type { BuiltDocument } from '../documents.ts';
import type { YamlBudget } from '../yaml-budget.ts';
import { accumulate, notesOf } from './accumulate.ts';
import { addHashes } from './hash.ts';
import { setTexts, textsOf } from './metadata.ts';
import { spend } from './meter.ts';
import { printable, refuse } from './node.ts';
import { sorted } from './order.ts';
import { ORIGIN, TRANSFORMATIONS } from './origin.ts';
import { fixReferences } from './references.ts';
import { type Kustomization, type Rendering, renderingOf } from './rendering.ts';
import { currentId, idKey, metadataOf, type Resource } from './resource.ts';

/** The resources in kustomize's order and its very text, or why only the real kustomize may say what comes of this. */
export type Rendered =
  | { readonly handled: true; readonly documents: readonly BuiltDocument[] }
  | {
      readonly handled: false;
      readonly why: string;
      /** The file whose YAML was not understood, if that is why. */
      readonly unread?: string;
    };

/** What a rendering may read and print; each lets others have their turn now and then. */
export interface RenderBudgets {
  readonly read: YamlBudget;
  readonly print: YamlBudget;
}

/** What kustomize 5.8 would make of a walked tree, without running it, or nothing: whatever it may not be right about, errors of the build among it, is left to kustomize. Rejects only when the budgets' signal fired. */
export async function render(tree: FileTree, path: string, budgets: RenderBudgets): Promise<Rendered> {
  try {
    return {
      handled: true,
      documents: await build(renderingOf(tree, budgets.read, notesOf(tree, path)), path, budgets),
    };
  } catch (error) {
    budgets.read.signal.throwIfAborted();
    if (!isFault(error)) throw error;
    const { unread } = error.data;
    return { handled: false, why: error.message, ...(typeof unread === 'string' && { unread }) };
  }
}

async function build(
  rendering: Rendering,
  path: string,
  budgets: RenderBudgets,
): Promise<readonly BuiltDocument[]> {
  const { resources, kustomization, configuration } = await accumulate(rendering, path);
  addHashes(resources);
  fixReferences(resources, configuration.nameReference, (steps) => spend(rendering, steps));
  const ids = new Set(resources.map((resource) => idKey(currentId(resource))));
  if (ids.size < resources.length) refuse('objects of which two are one');
  const documents: BuiltDocument[] = [];
  for (const resource of sorted(resources.filter(isApplied), kustomization.sortOptions)) {
    setTexts(metadataOf(resource), 'annotations', annotationsOf(resource, rendering, kustomization));
    const { text, object } = printGoYaml(resource.object, printable);
    await budgets.print.spend(text.length, `resource ${documents.length + 1} of what was built`);
    documents.push({ text, object });
  }
  return documents;
}

/** The annotations with the notes that were asked for, and without notes that came with the files. */
function annotationsOf(
  resource: Resource,
  { notes }: Rendering,
  { buildMetadata = [] }: Kustomization,
): Readonly<Record<string, string>> {
  const { [ORIGIN]: _, [TRANSFORMATIONS]: before, ...texts } = textsOf(resource, 'annotations');
  if (notes.transformations && before !== undefined)
    refuse('annotations of transformations that are there before');
  if (buildMetadata.includes('originAnnotations') && resource.origin) texts[ORIGIN] = resource.origin;
  if (resource.transformations) texts[TRANSFORMATIONS] = resource.transformations.join('');
  return texts;
}

// api v0.21.1, konfig: objects that are only there to configure others.
const LOCAL = 'config.kubernetes.io/local-config';

function isApplied(resource: Resource): boolean {
  const texts = textsOf(resource, 'annotations');
  return !Object.hasOwn(texts, LOCAL) || texts[LOCAL] === 'false';
}
