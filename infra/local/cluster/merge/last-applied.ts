import { parseJson } from '../../../../shared/core/json.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { untypedParts } from './check.ts';
import { compare } from './compare.ts';
import type { Conflict } from './conflicts.ts';
import { fieldSetOf } from './extract.ts';
import { difference, type FieldSet, includes } from './field-set.ts';
import { goJson } from './go-text.ts';
import type { Versions } from './ownership.ts';
import { isMap } from './values.ts';

/** The manager whose applies know of kubectl's client-side applies. */
export const LAST_APPLIED_MANAGER = 'kubectl';

// Where kubectl's client-side apply keeps what it applied.
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The conflicts that are about more than what the client applied itself before; all when that is not known. */
export function unforeseen(
  { apiVersion, schema }: Versions,
  live: KubernetesObject,
  conflicts: readonly Conflict[],
): readonly Conflict[] {
  const last = readLastApplied(live);
  if (last?.apiVersion !== apiVersion || untypedParts(live, schema).length > 0) return conflicts;
  if (untypedParts(last, schema).length > 0) return conflicts;
  const { added, modified, removed } = compare(last, live, schema);
  const known = [modified, added, removed].reduce<FieldSet>(difference, fieldSetOf(last, schema));
  return conflicts.filter(({ path }) => !includes(known, path));
}

/** `object` with what was applied in place of what a client-side apply had left there, if it had. */
export function withLastApplied(object: KubernetesObject, applied: KubernetesObject): KubernetesObject {
  const { annotations } = object.metadata;
  if (!annotations?.[LAST_APPLIED]) return object;
  const bare = { ...applied, metadata: withoutLastApplied(applied.metadata) };
  const text = `${goJson(sorted(bare))}\n`;
  if (text === annotations[LAST_APPLIED]) return object;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } },
  };
}

function withoutLastApplied(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  if (!metadata.annotations) return metadata;
  const { [LAST_APPLIED]: _, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}

function readLastApplied(live: KubernetesObject): KubernetesObject | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  try {
    const last = parseJson(text);
    return isMap(last) ? (last as KubernetesObject) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
