import type { KubernetesObject } from '../../shared/ports.ts';
import type { OwnerClaim } from '../../shared/reconcile/clusters.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { type PresentClaim, sameClaim } from './claim.ts';
import type { DefinitionPlan } from './definitions.ts';
import { writes } from './definitions.ts';
import { type Access, dependentsOf, NAME, rootOf } from './identity.ts';
import { FLUX_NAMESPACE } from './namespace.ts';
import { columns, count } from './say.ts';

/** What `cluster add` found, before it changes anything. */
export interface AddFindings {
  readonly namespaceExists: boolean;
  readonly claim: PresentClaim | undefined;
  readonly ourClaim: OwnerClaim;
  /** Undefined with `--as-is`, which makes no identity. */
  readonly access?: Access;
  /** Objects of the identity that exist, as `identityNames` names them. */
  readonly present: ReadonlySet<string>;
  /** Empty with `--no-install`. */
  readonly definitions: readonly DefinitionPlan[];
}

/** Everything the identity is made of. */
export function identityObjects(access: Access): readonly KubernetesObject[] {
  return [rootOf(access), ...dependentsOf(access, '')];
}

/** `kind/namespace/name` in lower case, as kubectl prints it. */
export function objectName({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return [kind.toLowerCase(), ...(namespace ? [namespace] : []), name].join('/');
}

/** What will be created or changed, in the order in which it happens, as aligned lines; empty when everything is there. */
export function planLines(findings: AddFindings): readonly string[] {
  const { access, claim, definitions, namespaceExists, ourClaim, present } = findings;
  const rows: string[][] = [];
  if (!namespaceExists) rows.push([`namespace/${FLUX_NAMESPACE}`, 'create', '']);
  if (!sameClaim(claim, ourClaim)) {
    const why = `deployment ${ourClaim.deployment} owns ${ourClaim.owns}`;
    rows.push([`configmap/${OWNER.namespace}/${OWNER.name}`, claim ? 'change' : 'create', why]);
  }
  const toCreate = definitions.filter(({ decision }) => decision.action === 'create').length;
  const toUpdate = definitions.filter(writes).length - toCreate;
  if (toCreate > 0) rows.push(['customresourcedefinitions', 'create', count(toCreate, 'Flux kind')]);
  if (toUpdate > 0) rows.push(['customresourcedefinitions', 'upgrade', count(toUpdate, 'Flux kind')]);
  for (const object of access ? identityObjects(access) : []) {
    const name = objectName(object);
    if (!present.has(name)) rows.push([name, 'create', purposeOf(object)]);
  }
  return columns(rows.map(([name = '', ...rest]) => [`  ${name}`, ...rest]));
}

function purposeOf({ kind, metadata: { name, namespace }, roleRef }: KubernetesObject): string {
  const role = (roleRef as { readonly name?: string } | undefined)?.name;
  if (kind === 'Secret') return 'long-lived token of the ServiceAccount';
  if (kind === 'ServiceAccount') return 'what Sluice logs in as';
  if (kind === 'ClusterRole') return 'reading Flux objects and definitions everywhere';
  if (kind === 'RoleBinding') return `${role} in namespace ${namespace}`;
  return name === NAME.namespaced ? `ClusterRole ${role}` : `${role} for the ServiceAccount`;
}
