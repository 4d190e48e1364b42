import { createHash } from 'node:crypto';
import type { Presented } from '../access.ts';
import { ApiError } from '../api-error.ts';
import type { User } from '../model.ts';
import { readServiceAccountToken, type TokenVerdict, type TokenWorld } from './service-account-tokens.ts';
import { ANONYMOUS, authenticated, CREDENTIAL_ID, together, UNAUTHENTICATED } from './subjects.ts';

/** Who sends a request. */
export interface Authentication {
  /** Throws ApiError 401 for credentials that are nobody's; without any it is the anonymous user. */
  authenticate(presented: Presented): User;
  /** Whose a token is, for a TokenReview; an error says why it is nobody's. */
  review(token: string, audiences: readonly string[]): NonNullable<TokenVerdict>;
}

const INVALID = 'invalid bearer token';

/** Knows the users of `tokens`, ServiceAccounts, and users of certificates that were verified before. */
export function openAuthentication(
  world: TokenWorld,
  tokens: Readonly<Record<string, User>>,
): Authentication {
  // Under their digests, so that no comparison tells how much of a guess was right.
  const users = new Map(Object.entries(tokens).map(([token, user]) => [digest(token), user]));

  function review(token: string, audiences: readonly string[]): NonNullable<TokenVerdict> {
    const known = users.get(digest(token));
    if (known) {
      return audiences.includes(world.issuer)
        ? { user: authenticated(known), audiences: [world.issuer] }
        : { error: INVALID };
    }
    const verdict = readServiceAccountToken(world, token, audiences);
    if (!verdict) return { error: INVALID };
    if ('error' in verdict) return { error: together([INVALID, verdict.error]) };
    return { ...verdict, user: authenticated(verdict.user) };
  }

  return {
    review,
    authenticate({ headers, certificate }) {
      if (certificate && certificate.commonName !== '') {
        const { commonName, organizations, digest: fingerprint } = certificate;
        return authenticated({
          name: commonName,
          groups: organizations,
          ...(fingerprint && { extra: { [CREDENTIAL_ID]: [`X509SHA256=${fingerprint}`] } }),
        });
      }
      const token = bearerToken(headers.authorization);
      if (token === undefined && !certificate) return { name: ANONYMOUS, groups: [UNAUTHENTICATED] };
      const verdict = review(token ?? '', [world.issuer]);
      if ('error' in verdict) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
      return verdict.user;
    },
  };
}

/** The token of the first Authorization header; undefined when it carries none, as with another scheme. */
function bearerToken(header: string | readonly string[] | undefined): string | undefined {
  const first = typeof header === 'string' ? header : header?.[0];
  const [scheme = '', token] = (first ?? '').trim().split(' ');
  return scheme.toLowerCase() === 'bearer' && token ? token : undefined;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
