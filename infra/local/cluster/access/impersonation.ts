import type { Attempt } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { User } from '../model.ts';
import { type Authorizer, forbidden } from './authorize.ts';
import type { Wanted } from './impersonation-headers.ts';
import {
  ANONYMOUS,
  AUTHENTICATED,
  MASTERS,
  NODE_NAME,
  NODES,
  nodeOf,
  quote,
  serviceAccountGroups,
  serviceAccountOf,
  UNAUTHENTICATED,
} from './subjects.ts';

/** A way to be allowed to impersonate. */
interface Mode {
  /** Empty for the oldest, which allows everything that the other user may do. */
  readonly name: string;
  applies(wanted: Wanted, requestor: User): boolean;
}

// KEP-5284: the constrained modes also ask for `impersonate-on:<mode>:<verb>` on what is attempted.
const MODES: readonly Mode[] = [
  {
    name: 'associated-node',
    applies: (wanted, { name, extra }) =>
      isNameOnly(wanted) &&
      nodeOf(wanted.name) !== undefined &&
      serviceAccountOf(name) !== undefined &&
      extra?.[NODE_NAME]?.length === 1 &&
      extra[NODE_NAME][0] === nodeOf(wanted.name),
  },
  {
    name: 'arbitrary-node',
    applies: (wanted) => isNameOnly(wanted) && nodeOf(wanted.name) !== undefined,
  },
  {
    name: 'serviceaccount',
    applies: (wanted) => isNameOnly(wanted) && serviceAccountOf(wanted.name) !== undefined,
  },
  {
    name: 'user-info',
    applies: ({ name }) => nodeOf(name) === undefined && serviceAccountOf(name) === undefined,
  },
  { name: '', applies: () => true },
];

/** A check that may be asked in one for all values of a kind, from this many on. */
const MANY = 4;

const AUTHENTICATION = 'authentication.k8s.io';
const DOMAIN_PATH = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** The user that `requestor` asks to be, if one mode allows it. Throws ApiError 403 with what the first mode misses. */
export function impersonate(
  authorizer: Authorizer,
  requestor: User,
  wanted: Wanted,
  attempt: Attempt | undefined,
): User {
  let refusal: ApiError | undefined;
  for (const mode of MODES) {
    if (!mode.applies(wanted, requestor) || (mode.name !== '' && !attempt)) continue;
    try {
      if (mode.name !== '' && attempt) {
        authorizer.demand(requestor, { ...attempt, verb: `impersonate-on:${mode.name}:${attempt.verb}` });
      }
      demandAll(authorizer, requestor, wanted, mode.name);
      return impersonated(wanted, mode.name);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new ApiError(403, 'Forbidden', 'forbidden: all impersonation modes failed', {});
}

type Ask = (name: string, subresource?: string) => Attempt;

function demandAll(authorizer: Authorizer, requestor: User, wanted: Wanted, mode: string): void {
  const verb = mode === '' ? 'impersonate' : `impersonate:${mode}`;
  // Users, groups and ServiceAccounts are of the core group for the oldest mode only.
  const oldGroup = mode === '' ? '' : AUTHENTICATION;
  const ask = (group: string, resource: string, namespace = ''): Ask => {
    const attempt = { verb, group, version: 'v1', resource, namespace };
    return (name, subresource = '') => ({ ...attempt, name, subresource });
  };
  const demand = (attempt: Attempt) => authorizer.demand(requestor, attempt);

  const account = serviceAccountOf(wanted.name);
  const node = mode === '' ? undefined : nodeOf(wanted.name);
  if (account) demand(ask(oldGroup, 'serviceaccounts', account.namespace)(account.name));
  else if (node === undefined) demand(ask(oldGroup, 'users')(wanted.name));
  else demand(ask(AUTHENTICATION, 'nodes')(mode === 'associated-node' ? '*' : node));

  if (wanted.uid !== '') demand(ask(AUTHENTICATION, 'uids')(wanted.uid));

  const allowsAll = (attempt: Attempt) => mode !== '' && authorizer.allows(requestor, attempt).allowed;
  const group = ask(oldGroup, 'groups');
  if (mode !== '') refuseOddGroups(requestor, wanted, group);
  if (wanted.groups.length < MANY || !allowsAll(group('*'))) {
    for (const name of wanted.groups) demand(group(name));
  }

  const extra = ask(AUTHENTICATION, 'userextras');
  if (mode !== '') refuseOddExtras(requestor, wanted, extra);
  const extras = [...wanted.extra].flatMap(([key, values]) => values.map((value) => extra(value, key)));
  if (extras.length < MANY || !allowsAll(extra('*', '*'))) extras.forEach(demand);
}

/** Groups that the constrained modes never allow. */
function refuseOddGroups(requestor: User, { groups }: Wanted, ask: Ask): void {
  if (groups.includes('')) {
    throw forbidden(requestor, ask(''), 'impersonating the empty string group is not allowed');
  }
  if (groups.includes(MASTERS)) {
    throw forbidden(requestor, ask(MASTERS), `impersonating the ${MASTERS} group is not allowed`);
  }
}

function refuseOddExtras(requestor: User, { extra }: Wanted, ask: Ask): void {
  for (const [key, values] of extra) {
    const why = oddExtra(key, values);
    if (why !== undefined) throw forbidden(requestor, ask(''), why);
  }
}

function oddExtra(key: string, values: readonly string[]): string | undefined {
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  if (!DOMAIN_PATH.test(key)) {
    const what = `Invalid value: ${quote(key)}: must be a domain-prefixed path (such as "acme.io/foo")`;
    return `impersonating an invalid key in extra is not allowed: extra.key: ${what}`;
  }
  if (key !== key.toLowerCase()) {
    return `impersonating a non-lowercase key in extra is not allowed: ${quote(key)}`;
  }
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined;
}

function impersonated({ name, uid, groups: wanted, extra }: Wanted, mode: string): User {
  const account = serviceAccountOf(name);
  const own = account ? serviceAccountGroups(account.namespace) : [];
  const fixed = mode !== '' && nodeOf(name) !== undefined ? [NODES] : own;
  const groups = wanted.length > 0 ? wanted : fixed;
  const last = name === ANONYMOUS || groups.includes(UNAUTHENTICATED) ? UNAUTHENTICATED : AUTHENTICATED;
  return {
    name,
    ...(uid !== '' && { uid }),
    groups: groups.includes(last) ? groups : [...groups, last],
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  };
}

function isNameOnly({ uid, groups, extra }: Wanted): boolean {
  return uid === '' && groups.length === 0 && extra.size === 0;
}
