import { toJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { notFound } from '../api-error.ts';
import type { Call, Entry, ResourceType } from '../model.ts';
import { withDefaults } from '../schema/defaults.ts';
import { prune } from '../schema/prune.ts';
import { resourceId, toObject } from '../store/entry.ts';
import { convert, demandSayable } from './conversions.ts';
import { apiVersionOf } from './versions.ts';
import type { World } from './world.ts';

/** The entry that a call names; throws 404. */
export function findEntry({ store }: Pick<World, 'store'>, { type, namespace, name }: Call): Entry {
  const entry = store.get(resourceId(type), namespace, name);
  if (!entry) throw notFound(type, name);
  return entry;
}

type Shower = Pick<World, 'catalog' | 'strategies'>;

/** The entry as `type` shows it: in its version; of a custom kind as its schema is now. */
export function shownEntry(world: Shower, entry: Entry, type: ResourceType): Entry {
  if (!needsConversion(world, entry, type)) return entry;
  const { apiVersion: _, kind: __, metadata: ___, ...rest } = shownObject(world, entry, type);
  return { ...entry, rest: toJson(rest).slice(1, -1) };
}

/** The object of the entry as `type` shows it. */
export function shownObject(world: Shower, entry: Entry, type: ResourceType): KubernetesObject {
  if (!needsConversion(world, entry, type)) return toObject(entry, type);
  const stored = world.catalog.stored(entry.id) ?? type;
  const object = toObject(entry, stored);
  if (!type.custom) return world.strategies(type).defaults(convert(object, type));
  const current = withDefaults(prune(object, stored.schema).object, stored.schema);
  return { ...prune(current, type.schema).object, apiVersion: apiVersionOf(type) };
}

/** The object, written in the version of `type`, as it is stored. */
export function storedObject(world: Shower, object: KubernetesObject, type: ResourceType): KubernetesObject {
  const stored = world.catalog.stored(resourceId(type));
  if (!stored || apiVersionOf(stored) === apiVersionOf(type)) return object;
  if (!type.custom) return world.strategies(stored).defaults(convert(object, stored));
  return prune(object, stored.schema).object;
}

/** Throws 400 when a write in the version of `type` would lose what is stored. */
export function demandLossless({ catalog }: Pick<World, 'catalog'>, entry: Entry, type: ResourceType): void {
  const stored = catalog.stored(entry.id);
  if (type.custom || !stored || stored.version === type.version) return;
  demandSayable(toObject(entry, stored), type);
}

function needsConversion({ catalog }: Shower, entry: Entry, type: ResourceType): boolean {
  const stored = catalog.stored(entry.id);
  if (!stored || (stored === type && !type.custom)) return false;
  if (apiVersionOf(stored) !== apiVersionOf(type)) return true;
  return type.custom !== undefined && entry.revision < catalog.schemasSince(entry.id);
}
