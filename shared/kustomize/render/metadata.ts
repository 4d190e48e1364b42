import { type SpecIndex, visitField } from './fields-at.ts';
import type { Meter } from './meter.ts';
import { isMap, isNull, type Node, type NodeMap, refuse, rewritten, textOf, untagged } from './node.ts';
import { currentId, metadataOf, type Resource } from './resource.ts';

/** Labels or annotations, as in a kustomization. */
export type TextMap = Readonly<Record<string, string>>;

/** Sets every entry of `texts` in each map that the specs name. */
export function setEntries(
  resources: readonly Resource[],
  texts: TextMap,
  specs: SpecIndex,
  meter: Meter,
): void {
  const entries = Object.entries(texts);
  for (const [key, text] of entries) {
    untagged(key);
    rewritten(text);
  }
  for (const resource of resources) {
    for (const spec of specs(currentId(resource))) {
      visitField(resource, spec, ({ map, name, value }) => {
        const target = isNull(value) && spec.create ? {} : value;
        if (!isMap(target)) return void refuse(`${spec.path}, which is no map`);
        map[name] = target;
        meter.grow(entries.length);
        for (const [key, text] of entries) target[key] = text;
      });
    }
  }
}

/** `metadata.labels` or `metadata.annotations` as kustomize reads them: all values as the text that they are written as. Fault `unsupported` when one is no scalar. */
export function textsOf(resource: Resource, name: 'labels' | 'annotations'): Record<string, string> {
  const map = Object.hasOwn(metadataOf(resource), name) ? (metadataOf(resource)[name] as Node) : null;
  if (isNull(map)) return {};
  if (!isMap(map)) return refuse(`metadata.${name} that are no map`);
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) {
    texts[key] = textOf(value) ?? refuse(`metadata.${name} of which ${key} is no text`);
  }
  return texts;
}

/** Replaces `metadata.labels` or `metadata.annotations`; none are no field. */
export function setTexts(metadata: NodeMap, name: 'labels' | 'annotations', texts: TextMap): void {
  const keys = Object.keys(texts);
  for (const key of keys) {
    untagged(key);
    rewritten(texts[key] as string);
  }
  if (keys.length === 0) delete metadata[name];
  else metadata[name] = { ...texts };
}
