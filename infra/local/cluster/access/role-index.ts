import type { Change, Entry, Store, User } from '../model.ts';
import { contentOf } from './content.ts';
import { type Rule, toRule } from './rule.ts';
import { quote, serviceAccountName, together } from './subjects.ts';

/** Resource ids of RBAC's four kinds. */
export const RBAC = 'rbac.authorization.k8s.io';
export const ROLES = `${RBAC}/roles`;
export const CLUSTER_ROLES = `${RBAC}/clusterroles`;
export const ROLE_BINDINGS = `${RBAC}/rolebindings`;
export const CLUSTER_ROLE_BINDINGS = `${RBAC}/clusterrolebindings`;

/** Who a binding binds. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Which role a binding gives. */
export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

/** A RoleBinding, or (with an empty namespace) a ClusterRoleBinding. */
export interface Binding {
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

/** What roles and bindings say, read from the store when it is asked for. */
export interface RoleIndex {
  /** Calls `found` for each rule that a user has, cluster-wide and in `namespace` (none when empty), until it returns true; returns the roles that are bound and missing. */
  visit(
    user: User,
    namespace: string,
    found: (rule: Rule, binding: Binding, subject: Subject) => boolean,
  ): readonly RoleRef[];
  /** The rules of a role; undefined when there is none. */
  rulesOf(roleRef: Pick<RoleRef, 'kind' | 'name'>, namespace: string): readonly Rule[] | undefined;
}

/** Reads `store` lazily: a cluster that nobody but its administrator uses reads nothing. */
export function openRoleIndex(store: Store): RoleIndex {
  // Entries are replaced, never changed: what was read of one stays true as long as it lives.
  const rules = new WeakMap<Entry, readonly Rule[]>();
  // By namespace, the cluster's under the empty name.
  let bindings: Map<string, readonly Binding[]> | undefined;

  function forget({ entry }: Change): void {
    if (entry.id === ROLE_BINDINGS || entry.id === CLUSTER_ROLE_BINDINGS) bindings?.delete(entry.namespace);
  }

  function bindingsIn(namespace: string): readonly Binding[] {
    if (!bindings) {
      bindings = new Map();
      store.subscribe(forget);
    }
    let found = bindings.get(namespace);
    if (!found) {
      const id = namespace === '' ? CLUSTER_ROLE_BINDINGS : ROLE_BINDINGS;
      found = store.list(id, namespace === '' ? undefined : namespace).map(toBinding);
      // Remembered where there are some: names of namespaces come from requests.
      if (found.length > 0) bindings.set(namespace, found);
    }
    return found;
  }

  function rulesOf({ kind, name }: Pick<RoleRef, 'kind' | 'name'>, namespace: string) {
    const entry =
      kind === 'ClusterRole'
        ? store.get(CLUSTER_ROLES, '', name)
        : kind === 'Role' && namespace !== ''
          ? store.get(ROLES, namespace, name)
          : undefined;
    if (!entry) return undefined;
    let read = rules.get(entry);
    if (!read) {
      read = (contentOf<{ rules: Partial<Rule>[] | null }>(entry).rules ?? []).map(toRule);
      rules.set(entry, read);
    }
    return read;
  }

  return {
    visit(user, namespace, found) {
      const missing: RoleRef[] = [];
      for (const scope of namespace === '' ? [''] : ['', namespace]) {
        for (const binding of bindingsIn(scope)) {
          const subject = binding.subjects.find((one) => applies(one, user, scope));
          if (!subject) continue;
          const given = rulesOf(binding.roleRef, scope);
          if (!given) missing.push(binding.roleRef);
          for (const rule of given ?? []) if (found(rule, binding, subject)) return missing;
        }
      }
      return missing;
    },
    rulesOf,
  };
}

function toBinding(entry: Entry): Binding {
  const { roleRef, subjects } = contentOf<{ roleRef: RoleRef; subjects: Subject[] | null }>(entry);
  return {
    namespace: entry.namespace,
    name: entry.name,
    roleRef: roleRef ?? { apiGroup: '', kind: '', name: '' },
    subjects: subjects ?? [],
  };
}

function applies(subject: Subject, user: User, namespace: string): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const home = subject.namespace || namespace;
  return (
    subject.kind === 'ServiceAccount' && home !== '' && user.name === serviceAccountName(home, subject.name)
  );
}

/** That roles are missing, in the API server's words: once each, in brackets when there are more. `resource` is what is looked for (default the role's own kind). */
export function missingRoles(missing: readonly RoleRef[], resource?: string): string {
  const texts = missing.map(({ kind, name }) =>
    kind === 'Role' || kind === 'ClusterRole'
      ? `${resource ?? kind.toLowerCase()}.${RBAC} ${quote(name)} not found`
      : `unsupported role reference kind: ${quote(kind)}`,
  );
  return together(texts);
}
