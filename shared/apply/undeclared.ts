import { isFault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { isTyped } from './normalise.ts';

// structured-merge-diff, one line for each field the server's schema does not know.
const UNDECLARED = /(?:^|[\s:])(\.\S.*?): field not declared in schema/gm;
const STEP = /\.([^.[\]]+)|\[([^\]]*)\]/y;

type Step = { readonly field: string } | { readonly keys: Readonly<Record<string, unknown>> };

/**
 * The manifest of a built-in kind without the fields that the server just refused as unknown: Flux drops them
 * silently, for its Go types do not have them. Undefined when that was not the reason, or for other kinds.
 */
export function withoutUndeclared(object: KubernetesObject, refused: unknown): KubernetesObject | undefined {
  if (!isTyped(object) || !isFault(refused)) return undefined;
  const paths = [...refused.message.matchAll(UNDECLARED)].map(([, path = '']) => parsePath(path));
  if (paths.length === 0 || paths.includes(undefined)) return undefined;
  const reduced = paths.reduce<unknown>((value, path) => remove(value, path ?? []), object);
  return reduced as KubernetesObject;
}

function parsePath(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (!match) return undefined;
    const [, field, keys] = match;
    const step = field === undefined ? parseKeys(keys ?? '') : { field };
    if (!step) return undefined;
    steps.push(step);
  }
  return steps;
}

// `name="main"`, `containerPort=80,protocol="TCP"`.
function parseKeys(text: string): Step | undefined {
  try {
    const pairs = [...text.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
    const keys = pairs.map(([, key = '', value = '']) => [key, JSON.parse(value)]);
    return keys.length > 0 ? { keys: Object.fromEntries(keys) } : undefined;
  } catch {
    return undefined;
  }
}

function remove(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (!step || typeof value !== 'object' || value === null) return value;
  if ('keys' in step) {
    if (!Array.isArray(value)) return value;
    const isMeant = (item: unknown) =>
      typeof item === 'object' &&
      item !== null &&
      Object.entries(step.keys).every(([key, wanted]) => (item as Record<string, unknown>)[key] === wanted);
    return value.map((item) => (isMeant(item) ? remove(item, rest) : item));
  }
  const { [step.field]: child, ...others } = value as Record<string, unknown>;
  if (child === undefined) return value;
  return rest.length === 0 ? others : { ...others, [step.field]: remove(child, rest) };
}
