import { type Configuration, DEFAULTS, mergeSpecs } from './configuration.ts';
import { type FieldSpec, LABELS } from './field-specs.ts';
import { indexOf, type SpecIndex } from './fields-at.ts';
import { setImages } from './images.ts';
import { setEntries, setTexts, textsOf } from './metadata.ts';
import { type Meter, meterOf, spend } from './meter.ts';
import { addPrefix, addSuffix } from './names.ts';
import { setNamespace } from './namespace.ts';
import { asItem, joined, originOfField } from './origin.ts';
import { applyPatch } from './patches.ts';
import type { Kustomization, Patches, Rendering, Standing } from './rendering.ts';
import { replace } from './replacements.ts';
import { setReplicas } from './replicas.ts';
import { metadataOf, type Resource } from './resource.ts';
import { selectionCost } from './selector.ts';

/** What a kustomization works with besides its own fields. */
export interface Transforming {
  readonly rendering: Rendering;
  readonly kustomization: Kustomization;
  readonly patches: Patches;
  readonly configuration: Configuration;
  readonly standing: Standing;
}

/** Does one kind of change. */
interface Step {
  readonly meter: Meter;
  /** Counts a look at every resource. */
  spend(weight?: number): void;
  /** Notes that a transformer of that kind has run. */
  note(kind: string): void;
}

/** Everything that a kustomization does to what it has gathered, in kustomize's order (api v0.21.1, internal/target/kusttarget_configplugin.go). */
export function transform(work: Transforming, resources: Resource[]): void {
  const step = stepOf(work, resources);
  const { kustomization, patches, configuration } = work;
  patch(resources, patches.strategic, step);
  if (patches.strategic.length > 0) step.note('PatchStrategicMergeTransformer');
  patch(resources, patches.any, step, 'PatchTransformer');
  const { namespace, namePrefix, nameSuffix, commonAnnotations = {} } = kustomization;
  step.spend(4);
  if (namespace) {
    setNamespace(resources, namespace, indexFor(configuration.namespace));
    step.note('NamespaceTransformer');
  }
  if (namePrefix) {
    addPrefix(resources, namePrefix, configuration.namePrefix);
    step.note('PrefixTransformer');
  }
  if (nameSuffix) {
    addSuffix(resources, nameSuffix, configuration.nameSuffix);
    step.note('SuffixTransformer');
  }
  setLabels(kustomization, configuration, resources, step);
  if (Object.keys(commonAnnotations).length > 0) {
    setEntries(resources, commonAnnotations, indexFor(configuration.commonAnnotations), step.meter);
    step.note('AnnotationsTransformer');
  }
  patch(resources, patches.json, step, 'PatchJson6902Transformer');
  setCounts(kustomization, configuration, resources, step);
  for (const replacement of patches.replacements) {
    step.spend();
    replace(resources, replacement, step.meter);
  }
  if ((kustomization.replacements ?? []).length > 0) step.note('ReplacementTransformer');
}

function stepOf({ rendering, standing }: Transforming, resources: readonly Resource[]): Step {
  return {
    meter: meterOf(rendering),
    spend: (weight = 1) => spend(rendering, weight * (resources.length + 1)),
    note(kind) {
      const { origin, transformations } = rendering.notes;
      if (!origin) return;
      spend(rendering, resources.length);
      const item = asItem(originOfField(joined(standing.directory, standing.file), kind));
      for (const resource of resources) {
        // kustomize notes it there, whereby all annotations become text.
        setTexts(metadataOf(resource), 'annotations', textsOf(resource, 'annotations'));
        if (transformations) resource.transformations = [...(resource.transformations ?? []), item];
      }
    },
  };
}

function patch(resources: Resource[], list: Patches['any'], step: Step, kind?: string): void {
  for (const one of list) {
    step.spend(one.target ? selectionCost(one.target) : one.kind === 'merge' ? one.patches.length : 1);
    applyPatch(resources, one, step.meter);
    if (kind) step.note(kind);
  }
}

const kept = new Map<readonly FieldSpec[], SpecIndex>(
  [...Object.values(DEFAULTS).slice(0, -1), LABELS].map((specs) => [
    specs as readonly FieldSpec[],
    indexOf(specs as readonly FieldSpec[]),
  ]),
);

/** The index of specs; those of the defaults are made once. */
function indexFor(specs: readonly FieldSpec[]): SpecIndex {
  return kept.get(specs) ?? indexOf(specs);
}

function setLabels(
  { labels: entries = [], commonLabels = {} }: Kustomization,
  configuration: Configuration,
  resources: readonly Resource[],
  step: Step,
): void {
  for (const { pairs = {}, includeSelectors, includeTemplates, fields = [] } of entries) {
    step.spend(2);
    const own = mergeSpecs(fields, configuration.labels);
    const more = includeSelectors
      ? configuration.commonLabels
      : includeTemplates
        ? configuration.templateLabels
        : [];
    const some = own.length === 0 ? more : mergeSpecs(own, more);
    const specs = some.length === 0 ? LABELS : includeSelectors ? some : mergeSpecs(some, LABELS);
    const same = specs.length === more.length ? more : specs;
    if (Object.keys(pairs).length > 0) setEntries(resources, pairs, indexFor(same), step.meter);
    step.note('LabelTransformer');
  }
  if (Object.keys(commonLabels).length > 0)
    setEntries(resources, commonLabels, indexFor(configuration.commonLabels), step.meter);
  if (entries.length > 0 || Object.keys(commonLabels).length > 0) step.note('LabelTransformer');
}

function setCounts(
  { replicas = [], images: own = [], imageTags = [] }: Kustomization,
  configuration: Configuration,
  resources: readonly Resource[],
  step: Step,
): void {
  for (const { name = '', count = 0 } of replicas) {
    step.spend();
    setReplicas(resources, name, count, configuration.replicas);
    step.note('ReplicaCountTransformer');
  }
  const images = [...own, ...imageTags];
  if (images.length > 0) setImages(resources, images, indexFor(configuration.images), step.meter);
  for (const _ of images) step.note('ImageTagTransformer');
}
