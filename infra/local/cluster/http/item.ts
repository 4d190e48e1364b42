import { parseJson, toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Entry, ResourceType } from '../model.ts';
import { entryJson } from '../store/entry.ts';
import type { Json } from './tables/fields.ts';

/** An object on its way out: the text that it is stored as goes into answers as it is. */
export interface Item {
  /** JSON of its metadata. */
  metadata(): string;
  /** JSON of all of it. */
  whole(): string;
  /** JSON as it stands in lists, where built-in kinds go without apiVersion and kind. */
  listed(): string;
  value(): Json;
}

/** A stored object as one of `type`. */
export function entryItem(entry: Entry, type: ResourceType): Item {
  const whole = () => entryJson(entry, type);
  const bare = () => `{"metadata":${entry.metadata}${entry.rest === '' ? '' : `,${entry.rest}`}}`;
  return {
    metadata: () => entry.metadata,
    whole,
    listed: type.custom ? whole : bare,
    value: () => parseJson(whole()) as Json,
  };
}

/** An object that a write has given, or that is never stored. */
export function objectItem(object: KubernetesObject): Item {
  const whole = () => toJson(object);
  return { metadata: () => toJson(object.metadata), whole, listed: whole, value: () => object };
}
