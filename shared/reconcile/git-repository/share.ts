import type { GitRepository } from '../../api/git-repository.ts';
import type { Resolved } from '../../artifact/git-ref.ts';
import type { Shared } from '../source/share.ts';
import type { SeenAll } from './observe.ts';

/**
 * What all objects of the fleet share whose fetch is the same one: same repository, credentials, way and rules.
 * Undefined where a fetch is nobody else's: nothing was asked of the remote that proves the right to it, the stored
 * bytes are known to be bad, or what comes of it depends on more than the repository.
 */
export function sharedOf(
  { kind, spec }: GitRepository,
  { stored, access }: SeenAll,
  resolved: Resolved,
): Shared | undefined {
  const { url, ignore = null, sparseCheckout = [], recurseSubmodules = false, include = [], verify } = spec;
  const hasAsked = !resolved.pinned || resolved.branchTip !== undefined;
  if (!hasAsked || stored === 'corrupt' || include.length > 0 || verify !== undefined) return undefined;
  const as = access && accessOf(access);
  if (as === undefined) return undefined;
  // That a pinned commit is on its branch is seen by whoever fetches it.
  const of = [resolved.commit, resolved.branchTip ?? null];
  return { kind, url, access: as, of, rules: [ignore, sparseCheckout, recurseSubmodules] };
}

/** The credentials themselves, or whom their lender has let us become. */
function accessOf({ auth, lent, ...way }: NonNullable<SeenAll['access']>): object | undefined {
  if (lent === undefined) return { ...way, auth };
  if (lent === null) return undefined;
  const { username: _user, password: _word, bearerToken: _token, ...tls } = auth;
  return { ...way, auth: tls, lent };
}
