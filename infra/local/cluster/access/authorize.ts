import type { Access, Attempt } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { User } from '../model.ts';
import { type Binding, missingRoles, type RoleIndex, type Subject } from './role-index.ts';
import { ruleAllows } from './rule.ts';
import { MASTERS, quote } from './subjects.ts';

/** RBAC, and the one group that may do everything. */
export type Authorizer = Pick<Access, 'allows' | 'demand'>;

/** Decides by what `index` says. */
export function openAuthorizer(index: RoleIndex): Authorizer {
  function allows(user: User, attempt: Attempt): { allowed: boolean; reason: string } {
    if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' };
    let reason: string | undefined;
    const namespace = 'path' in attempt ? '' : attempt.namespace;
    const missing = index.visit(user, namespace, (rule, binding, subject) => {
      if (!ruleAllows(rule, attempt)) return false;
      reason = `RBAC: allowed by ${describe(binding, subject)}`;
      return true;
    });
    if (reason !== undefined) return { allowed: true, reason };
    return { allowed: false, reason: missing.length === 0 ? '' : `RBAC: ${missingRoles(missing)}` };
  }

  return {
    allows,
    demand(user, attempt) {
      const { allowed, reason } = allows(user, attempt);
      if (!allowed) throw forbidden(user, attempt, reason);
    },
  };
}

/** 403 in the API server's words. */
export function forbidden(user: Pick<User, 'name'>, attempt: Attempt, reason = ''): ApiError {
  const why = `${sanitized(sentence(user, attempt))}${reason === '' ? '' : `: ${reason}`}`;
  if ('path' in attempt) return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {});
  return notAllowed({ group: attempt.group, plural: attempt.resource }, attempt.name, why);
}

/** 403 about one object or (with an empty name) a collection, for this reason. */
export function notAllowed(
  { group, plural }: { readonly group: string; readonly plural: string },
  name: string,
  why: string,
): ApiError {
  const what = group === '' ? plural : `${plural}.${group}`;
  const whom = name === '' ? what : `${what} ${quote(name)}`;
  return new ApiError(403, 'Forbidden', `${whom} is forbidden: ${why}`, {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    kind: plural,
  });
}

function sentence(user: Pick<User, 'name'>, attempt: Attempt): string {
  const who = `User ${quote(user.name)} cannot ${attempt.verb}`;
  if ('path' in attempt) return `${who} path ${quote(attempt.path)}`;
  const { group, resource, subresource, namespace } = attempt;
  const what = quote(subresource ? `${resource}/${subresource}` : resource);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(namespace)}`;
  return `${who} resource ${what} in API group ${quote(group)} ${where}`;
}

/** The API server keeps what could be HTML out of this text, and of no other. */
function sanitized(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function describe({ namespace, name, roleRef }: Binding, subject: Subject): string {
  const role = `${roleRef.kind} ${quote(roleRef.name)}`;
  const home = subject.namespace || namespace;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${home}` : subject.name;
  const binding =
    namespace === '' ? `ClusterRoleBinding ${quote(name)}` : `RoleBinding ${quote(`${name}/${namespace}`)}`;
  return `${binding} of ${role} to ${subject.kind} ${quote(who)}`;
}
