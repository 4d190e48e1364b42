import { type Field, fieldOf, typeOfKind, typeRow } from '../../../shared/core/kubernetes-schema/field.ts';

/** How a field of a built-in kind is merged. */
export interface Merging {
  readonly type: 'object' | 'map' | 'list' | 'scalar';
  /** Of a strategic merge patch; empty when the server says nothing, which means to replace a list and to merge a map. */
  readonly patchStrategy: readonly string[];
  /** The one key by which a strategic merge patch tells items apart. */
  readonly mergeKey: string | undefined;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  /** The keys by which server-side apply tells items apart. */
  readonly keys: readonly string[];
}

/** How the field at `path` (names only: lists are passed through) is merged; undefined when the kind or the field is not built in. */
export function mergeKeys(apiVersion: string, kind: string, path: readonly string[]): Merging | undefined {
  const root = typeOfKind(apiVersion, kind);
  let at: Field | undefined;
  let type = root;
  for (const name of path) {
    const inside = at && held(at);
    if (inside?.holds === 'map') {
      at = inside.of;
    } else {
      type = inside ? inside.name : type;
      at = type === undefined ? undefined : fieldOf(type, name);
    }
    if (at === undefined) return undefined;
  }
  return at && mergingOf(at);
}

/** What is below a field: of a list, what its items are. */
function held(field: Field): Field {
  return field.holds === 'list' && field.of ? held(field.of) : field;
}

function mergingOf({ holds, name, patchStrategy, mergeKey, listType, listKeys }: Field): Merging {
  const row = holds === 'type' ? typeRow(name) : name;
  const isObject = typeof row === 'object' || row === 'object';
  const type = holds === 'list' || holds === 'map' ? holds : isObject ? 'object' : 'scalar';
  return { type, patchStrategy, mergeKey, listType, keys: listKeys };
}
