import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { CommonMetadata } from './build-spec.ts';

type TextMap = Readonly<Record<string, string>>;

/** The object with more labels and annotations on its own metadata, not on selectors or pod templates; equal keys are overridden (KS-32). */
export function withMetadata(
  object: KubernetesObject,
  { labels, annotations }: CommonMetadata,
): KubernetesObject {
  // An item of a list may have none.
  const { labels: oldLabels, annotations: oldAnnotations, ...rest } = object.metadata ?? {};
  const metadata = {
    ...rest,
    ...merged('labels', oldLabels, labels),
    ...merged('annotations', oldAnnotations, annotations),
  };
  return { ...object, metadata };
}

function merged(
  field: 'labels' | 'annotations',
  old: unknown,
  more: TextMap = {},
): { [field: string]: unknown } {
  if (Object.keys(more).length === 0) return old === undefined ? {} : { [field]: old };
  return { [field]: { ...textsOf(old), ...more } };
}

/** apimachinery's NestedNullCoercingStringMap, which Flux merges into: null is empty text, and one other value makes the whole map unreadable, hence gone. */
function textsOf(value: unknown): TextMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const entries = Object.entries(value).map(([key, text]) => [key, text ?? ''] as const);
  return entries.every(([, text]) => typeof text === 'string') ? Object.fromEntries(entries) : {};
}
