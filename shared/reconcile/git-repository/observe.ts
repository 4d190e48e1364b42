import type { GitRepository } from '../../api/git-repository.ts';
import { REASON } from '../../api/vocabulary.ts';
import type { Resolved } from '../../artifact/git-ref.ts';
import { EMPTY_REPOSITORY, resolveRemote } from '../../artifact/git-source.ts';
import type { OpenSubmodule } from '../../artifact/submodules.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { GitAddress, GitRemote, ProxyAddress } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedState } from '../source/artifacts.ts';
import { readProxy } from '../source/proxy.ts';
import { readSecret } from '../source/secrets.ts';
import { invalidDuration } from '../source/spec.ts';
import { type AuthResult, authOf } from './auth.ts';
import type { Seen, Trouble } from './decide.ts';
import { readIncludes } from './include.ts';
import { authOfProvider } from './provider.ts';

const NOTHING = {
  remote: undefined,
  git: undefined,
  resolved: undefined,
  open: undefined,
  access: undefined,
} as const;

type Access = Pick<GitAddress, 'auth' | 'profile' | 'proxy'> &
  Pick<AuthResult & { readonly ok: true }, 'lent'>;

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  readonly git: GitRemote | undefined;
  readonly resolved: Resolved | undefined;
  /** Opens the repository anew, with time of its own, or that of a submodule, with the same credentials on the same host. */
  readonly open: OpenSubmodule | undefined;
  /** Everything that decides over what the remote lets us have; holds secrets. */
  readonly access: Access | undefined;
}

/** Looks at the store, the Secret and, with one request, at the remote; stops where the decision is clear. */
export async function observe(object: GitRepository, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const none = {
    now,
    stored: 'none',
    addresses: addressesOf(object, scope),
    includes: [],
    ...NOTHING,
  } as const;
  const refused = invalidDuration(object.spec) ?? invalidUrl(object.spec.url);
  if (refused !== undefined) return { ...none, trouble: refused };
  const stored = await storedState(object, scope);
  const via = await readProxy(object.metadata.namespace, object.spec.proxySecretRef, scope);
  if ('trouble' in via) return { ...none, stored, trouble: via.trouble };
  const auth = await readAuth(object, via.proxy, scope);
  if (!auth.ok) return { ...none, stored, trouble: auth.trouble };
  const included = await readIncludes(object, scope);
  if ('trouble' in included) return { ...none, stored, trouble: included.trouble };
  const { url } = object.spec;
  const { profile } = scope.record.settings;
  const access = { auth: auth.auth, profile, ...(via.proxy && { proxy: via.proxy }) };
  const open = (at: string): GitRemote => {
    const limit = AbortSignal.any([scope.signal, scope.ports.clock.timeout(timeoutOf(object))]);
    const credentials = isSameHost(at, url) ? auth.auth : {};
    return scope.ports.git.open({ ...access, url: at, auth: credentials }, limit);
  };
  const git = open(url);
  try {
    const resolved = await resolveRemote(git, object.spec.ref);
    const { revision, commit } = resolved;
    const remote = { revision, commit };
    const includes = included.artifacts;
    const lent = auth.lent === undefined ? {} : { lent: auth.lent };
    const found = { includes, git, resolved, remote, access: { ...access, ...lent }, open };
    return { ...none, stored, ...found, trouble: undefined };
  } catch (error) {
    return { ...none, stored, trouble: gitTrouble(error) };
  }
}

/** Who can write `.gitmodules` must not be handed the credentials: they are shown to no other host. */
function isSameHost(url: string, other: string): boolean {
  const [one, two] = [URL.parse(url), URL.parse(other)];
  return one !== null && one.protocol === two?.protocol && one.host === two.host;
}

/** How long one Git operation may take, milliseconds; the CRD's default is 60 s. */
function timeoutOf({ spec }: GitRepository): number {
  return parseDuration(spec.timeout);
}

function invalidUrl(url: string): Trouble | undefined {
  if (URL.canParse(url)) return undefined;
  const message = `failed to parse url '${redact(url)}': it is not a URL`;
  return { condition: 'FetchFailed', reason: REASON.urlInvalid, message, stalling: true };
}

async function readAuth(
  object: GitRepository,
  proxy: ProxyAddress | undefined,
  scope: Scope,
): Promise<AuthResult> {
  const { secretRef, url, provider } = object.spec;
  const secret = secretRef && (await readSecret(object.metadata.namespace, secretRef.name, scope));
  if (secret !== undefined && 'trouble' in secret) return { ok: false, ...secret };
  const given = authOf(url, secret?.data, provider);
  return given.ok ? authOfProvider(object, given.auth, secret?.data, proxy, scope) : given;
}

/** A Fault of the Git port as the condition it becomes; anything else is a bug and thrown on. */
export function gitTrouble(error: unknown): Trouble {
  if (!isFault(error)) throw error;
  const text = redact(messageOf(error));
  if (error.data.reason === EMPTY_REPOSITORY) {
    return { condition: 'FetchFailed', reason: EMPTY_REPOSITORY, message: 'git repository is empty' };
  }
  if (error.data.about === 'sparse checkout') {
    return { condition: 'FetchFailed', reason: REASON.gitOperationFailed, message: text };
  }
  if (error.data.about === 'authentication') {
    const message = `failed to configure authentication options: ${text}`;
    return { condition: 'FetchFailed', reason: REASON.authenticationFailed, message };
  }
  const message = `failed to checkout and determine revision: ${text}`;
  return { condition: 'FetchFailed', reason: REASON.gitOperationFailed, message };
}
