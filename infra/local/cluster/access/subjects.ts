import type { User } from '../model.ts';

/** May do everything. */
export const MASTERS = 'system:masters';
export const AUTHENTICATED = 'system:authenticated';
export const UNAUTHENTICATED = 'system:unauthenticated';
export const ANONYMOUS = 'system:anonymous';
export const NODES = 'system:nodes';

/** Key in a user's `extra` for what names the credential. */
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';
export const NODE_NAME = 'authentication.kubernetes.io/node-name';

const SERVICE_ACCOUNT = 'system:serviceaccount:';
const NODE = 'system:node:';

// RFC 1123, with the API server's bounds.
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The user of a ServiceAccount. */
export function serviceAccountName(namespace: string, name: string): string {
  return `${SERVICE_ACCOUNT}${namespace}:${name}`;
}

/** The groups of every ServiceAccount in `namespace`. */
export function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Which ServiceAccount a user is; undefined of others, and of names that no ServiceAccount can have. */
export function serviceAccountOf(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(SERVICE_ACCOUNT)) return undefined;
  const [namespace = '', name = '', ...more] = user.slice(SERVICE_ACCOUNT.length).split(':');
  if (more.length > 0 || namespace.length > 63 || !LABEL.test(namespace) || !isSubdomain(name))
    return undefined;
  return { namespace, name };
}

/** Which node a user is; undefined of others. */
export function nodeOf(user: string): string | undefined {
  const name = user.slice(NODE.length);
  return user.startsWith(NODE) && isSubdomain(name) ? name : undefined;
}

/** `user` with the group of all who are authenticated, unless its groups say already whether it is. */
export function authenticated(user: User): User {
  const { name, groups } = user;
  if (name === ANONYMOUS || groups.includes(AUTHENTICATED) || groups.includes(UNAUTHENTICATED)) return user;
  return { ...user, groups: [...groups, AUTHENTICATED] };
}

/** Text in quotes as Go's `%q` writes it. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Go's `%q` of a list. */
export function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(' ')}]`;
}

/** Several errors as Go's aggregate writes them: once each, in brackets when there are more. */
export function together(errors: readonly string[]): string {
  const different = [...new Set(errors)];
  return different.length === 1 ? (different[0] as string) : `[${different.join(', ')}]`;
}

function isSubdomain(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}
