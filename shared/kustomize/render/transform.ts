import { ANNOTATIONS, LABELS, SELECTOR_LABELS, TEMPLATE_LABELS } from './field-specs.ts';
import { indexOf } from './fields-at.ts';
import { setImages } from './images.ts';
import { setEntries } from './metadata.ts';
import { type Meter, meterOf, spend } from './meter.ts';
import { addPrefix, addSuffix } from './names.ts';
import { setNamespace } from './namespace.ts';
import { applyPatch } from './patches.ts';
import type { Kustomization, Patches, Rendering } from './rendering.ts';
import { setReplicas } from './replicas.ts';
import type { Resource } from './resource.ts';
import { selectionCost } from './selector.ts';

const annotations = indexOf(ANNOTATIONS);
const labels = indexOf(LABELS);
const templateLabels = indexOf(TEMPLATE_LABELS);
const selectorLabels = indexOf(SELECTOR_LABELS);

/** Everything that a kustomization does to what it has gathered, in kustomize's order (api v0.21.1, internal/target/kusttarget_configplugin.go). */
export function transform(
  rendering: Rendering,
  kustomization: Kustomization,
  patches: Patches,
  resources: Resource[],
): void {
  const meter = meterOf(rendering);
  const step = (weight = 1) => spend(rendering, weight * (resources.length + 1));
  const patch = (list: Patches['any']) => {
    for (const one of list) {
      step(one.target ? selectionCost(one.target) : one.kind === 'merge' ? one.patches.length : 1);
      applyPatch(resources, one, meter);
    }
  };
  patch(patches.strategic);
  patch(patches.any);
  const { namespace, namePrefix, nameSuffix } = kustomization;
  step(4);
  if (namespace) setNamespace(resources, namespace);
  if (namePrefix) addPrefix(resources, namePrefix);
  if (nameSuffix) addSuffix(resources, nameSuffix);
  setLabels(kustomization, resources, step, meter);
  if (kustomization.commonAnnotations)
    setEntries(resources, kustomization.commonAnnotations, annotations, meter);
  patch(patches.json);
  for (const { name = '', count = 0 } of kustomization.replicas ?? []) {
    step();
    setReplicas(resources, name, count);
  }
  const images = [...(kustomization.images ?? []), ...(kustomization.imageTags ?? [])];
  if (images.length > 0) setImages(resources, images, meter);
}

function setLabels(
  { labels: entries = [], commonLabels = {} }: Kustomization,
  resources: readonly Resource[],
  step: (weight: number) => void,
  meter: Meter,
): void {
  for (const { pairs = {}, includeSelectors, includeTemplates } of entries) {
    step(2);
    const specs = includeSelectors ? selectorLabels : includeTemplates ? templateLabels : labels;
    if (Object.keys(pairs).length > 0) setEntries(resources, pairs, specs, meter);
  }
  if (Object.keys(commonLabels).length > 0) setEntries(resources, commonLabels, selectorLabels, meter);
}
