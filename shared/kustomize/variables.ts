import type { KubernetesObject } from '../ports.ts';
import type { PostBuild, SubstituteReference } from './build-spec.ts';

/** What one entry of `substituteFrom` was found to be. */
export interface SubstituteSource {
  readonly reference: SubstituteReference;
  readonly namespace: string;
  /** Absent when the cluster has no such object. */
  readonly found: KubernetesObject | undefined;
}

/** Values by name, or why they cannot be had. */
export type Variables =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly message: string };

/** The variables of a Kustomization: of the sources in order, then those written inline, each without line breaks (KS-40). */
export function variablesOf(
  postBuild: PostBuild | undefined,
  sources: readonly SubstituteSource[],
): Variables {
  const values = new Map<string, string>();
  for (const { reference, found } of sources) {
    const { kind, name, optional } = reference;
    if (found) {
      for (const [key, value] of entriesOf(kind, found)) values.set(key, singleLine(value));
    } else if (!optional) {
      const plural = kind === 'Secret' ? 'secrets' : 'configmaps';
      return { ok: false, message: `substitute from '${kind}/${name}' error: ${plural} "${name}" not found` };
    }
  }
  for (const [key, value] of Object.entries(postBuild?.substitute ?? {})) values.set(key, singleLine(value));
  return { ok: true, values };
}

function entriesOf(
  kind: 'ConfigMap' | 'Secret',
  object: KubernetesObject,
): readonly (readonly [string, string])[] {
  const entries = Object.entries((object.data ?? {}) as Readonly<Record<string, string>>);
  if (kind === 'ConfigMap') return entries;
  return entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]);
}

function singleLine(value: string): string {
  return value.replaceAll('\n', '');
}
