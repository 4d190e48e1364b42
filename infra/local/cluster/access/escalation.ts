import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Attempt } from '../access.ts';
import { ApiError, notFound } from '../api-error.ts';
import type { Call, Entry, Store } from '../model.ts';
import { metadataOf } from '../store/entry.ts';
import { type Authorizer, notAllowed } from './authorize.ts';
import { contentOf } from './content.ts';
import { ruleText, uncovered } from './covers.ts';
import { missingRoles, RBAC, type RoleIndex, type RoleRef } from './role-index.ts';
import { type Rule, toRule } from './rule.ts';
import { MASTERS, quote, quoteAll } from './subjects.ts';

/** Where what people have, and may give, is looked up. */
export interface EscalationWorld {
  readonly store: Pick<Store, 'get'>;
  readonly index: RoleIndex;
  readonly authorizer: Authorizer;
}

const EVERYTHING: readonly Rule[] = [
  toRule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
  toRule({ verbs: ['*'], nonResourceURLs: ['*'] }),
];

/** Throws 403 when `object` is a role or a binding that gives more than the caller has, and it has neither `escalate` nor `bind`. */
export function demandNoEscalation(world: EscalationWorld, call: Call, object: KubernetesObject): void {
  const { type, user } = call;
  if (type.group !== RBAC || call.subresource || user.groups.includes(MASTERS)) return;
  const old = world.store.get(`${RBAC}/${type.plural}`, call.namespace, object.metadata.name);
  // A create of a name that is taken fails later, and is judged as a create.
  const before = call.name === '' ? undefined : old;
  if (before && changesOwnersOnly(before, object)) return;
  if (type.plural.endsWith('bindings')) demandBindable(world, call, object);
  else demandRules(world, call, object, before);
}

function demandRules(
  world: EscalationWorld,
  call: Call,
  object: KubernetesObject,
  before: Entry | undefined,
): void {
  const { type, user, namespace } = call;
  const { plural } = type;
  if (plural !== 'roles' && plural !== 'clusterroles') return;
  const escalate = attempt('escalate', plural, namespace, call.name);
  if (world.authorizer.allows(user, escalate).allowed) return;
  const { name } = object.metadata;
  const rules = ((object.rules ?? []) as Partial<Rule>[]).map(toRule);
  const why = excess(world.index, call, namespace, rules);
  if (why !== undefined) throw notAllowed(type, name, why);
  const aggregates = hasAggregation(object) || (before && hasAggregation(contentOf(before)));
  if (aggregates && excess(world.index, call, '', EVERYTHING) !== undefined) {
    throw notAllowed(type, name, 'must have cluster-admin privileges to use the aggregationRule');
  }
}

function demandBindable(world: EscalationWorld, call: Call, object: KubernetesObject): void {
  const { type, user, namespace } = call;
  const { apiGroup = '', kind = '', name = '' } = (object.roleRef ?? {}) as Partial<RoleRef>;
  const plural = kind === 'ClusterRole' ? 'clusterroles' : kind === 'Role' ? 'roles' : undefined;
  if (!plural) {
    // Not even a reason: nobody thought of it.
    throw new ApiError(500, '', `unsupported role reference kind: ${quote(kind)}`);
  }
  const bind: Attempt = { ...attempt('bind', plural, namespace, name), group: apiGroup };
  if (world.authorizer.allows(user, bind).allowed) return;
  if (plural === 'roles' && namespace === '') {
    throw new ApiError(400, 'BadRequest', 'Namespace parameter required.');
  }
  const rules = world.index.rulesOf({ kind, name }, namespace);
  // The real server says it of the binding's resource, too.
  if (!rules) throw notFound(type, name);
  const why = excess(world.index, call, namespace, rules);
  if (why !== undefined) throw notAllowed(type, object.metadata.name, why);
}

function attempt(verb: string, resource: string, namespace: string, name: string) {
  return { verb, group: RBAC, version: '*', resource, namespace, name };
}

/** What the caller would give without having it; undefined when nothing. */
function excess(
  index: RoleIndex,
  { user, type }: Call,
  namespace: string,
  wanted: readonly Rule[],
): string | undefined {
  const owned: Rule[] = [];
  const missing = index.visit(user, namespace, (rule) => {
    owned.push(rule);
    return false;
  });
  const more = uncovered(owned, wanted);
  if (more.length === 0) return undefined;
  const texts = [...new Set(more.map(ruleText))].sort();
  const who = `user ${quote(user.name)} (groups=${quoteAll(user.groups)})`;
  const what = `is attempting to grant RBAC permissions not currently held:\n${texts.join('\n')}`;
  // While it writes, the real server looks for any role under the name of what is written.
  const also = missing.length === 0 ? '' : `; resolution errors: [${missingRoles(missing, type.plural)}]`;
  return `${who} ${what}${also}`;
}

function hasAggregation(role: Readonly<Record<string, unknown>>): boolean {
  const { clusterRoleSelectors } = (role.aggregationRule ?? {}) as {
    clusterRoleSelectors?: unknown[] | null;
  };
  return (clusterRoleSelectors ?? []).length > 0;
}

/** The garbage collector, who has few rights, writes finalizers and owners. */
function changesOwnersOnly(before: Entry, { apiVersion: _, kind: __, ...after }: KubernetesObject): boolean {
  const old = { metadata: metadataOf(before), ...contentOf<Record<string, unknown>>(before) };
  return isDeepStrictEqual(comparable(after), comparable(old));
}

function comparable(object: Readonly<Record<string, unknown>>): unknown {
  const { ownerReferences, finalizers, managedFields, resourceVersion, uid, creationTimestamp, ...metadata } =
    object.metadata as Record<string, unknown>;
  return { ...object, metadata };
}
