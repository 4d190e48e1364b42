import type { KubernetesObject } from '../../core/kubernetes-object.ts';
import { type Pointer, pointerOf } from './pointer.ts';
import { type IgnoreTarget, selectorOf } from './selector.ts';

/** An entry of `spec.ignore`: fields, as JSON pointers, that are left to others in the objects selected. */
export interface IgnoreRule {
  readonly paths: readonly string[];
  readonly target?: IgnoreTarget | undefined;
}

/** What is ignored in an object; nothing in most. */
export type Ignore = (object: KubernetesObject) => readonly Pointer[];

/** Nothing is ignored. */
export const IGNORE_NOTHING: Ignore = () => [];

/** Throws an Error about a rule that cannot be used. */
export function ignoreOf(
  rules: readonly IgnoreRule[],
  compile: (pattern: string) => (text: string) => boolean,
): Ignore {
  const compiled = rules.map(({ paths, target }) => ({
    pointers: paths.map(pointerOf),
    selects: selectorOf(target, compile),
  }));
  return (object) => compiled.flatMap(({ pointers, selects }) => (selects(object) ? pointers : []));
}
