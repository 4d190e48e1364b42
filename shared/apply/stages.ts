import { groupOf } from '../core/kubernetes-object.ts';

/** Applied one after the other; what a later stage needs must be served before it starts. */
export type Stage = 'definitions' | 'classes' | 'custom' | 'rest';

/** In the order they are applied. */
export const STAGES: readonly Stage[] = ['definitions', 'classes', 'custom', 'rest'];

/** Stages whose objects are waited for before the next one starts. */
export const AWAITED_STAGES: ReadonlySet<Stage> = new Set(['definitions', 'classes']);

interface Kinded {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Whether this is a CustomResourceDefinition of any version. */
export function isCustomResourceDefinition({ apiVersion, kind }: Kinded): boolean {
  return kind.toLowerCase() === 'customresourcedefinition' && apiVersion.startsWith('apiextensions.k8s.io/');
}

/** The stage of a kind; `custom` holds `group/Kind` names (core kinds: `Kind`), none by default. */
export function stageOf(object: Kinded, custom: ReadonlySet<string> = new Set()): Stage {
  const { apiVersion, kind } = object;
  const lower = kind.toLowerCase();
  if (
    isCustomResourceDefinition(object) ||
    (lower === 'namespace' && apiVersion === 'v1') ||
    (lower === 'clusterrole' && apiVersion.startsWith('rbac.authorization.k8s.io/'))
  ) {
    return 'definitions';
  }
  if (kind.endsWith('Class')) return 'classes';
  const group = groupOf(apiVersion);
  return custom.has(group ? `${group}/${kind}` : kind) ? 'custom' : 'rest';
}
