import { Fault } from '../../core/failures.ts';
import {
  GOOGLE_SCOPES,
  type GoogleIdentity,
  googleIdentityOf,
  PROVIDER_ANNOTATION,
} from '../../core/identity/google.ts';
import type { Asker, IdentityToken } from '../../ports.ts';
import { borrowerOf, type Lender, tokenOf } from './account.ts';
import { ask, objectIn, textIn } from './ask.ts';
import { type Lending, lifetimeOf } from './lending.ts';

const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const CLOUD_PLATFORM = GOOGLE_SCOPES[0];
/** Whom Google is asked as; where its nodes would know an account without it, there are none here. */
export const GOOGLE: Lender = { cloud: 'Google Cloud', annotation: PROVIDER_ANNOTATION };

/** A token of Google: the account's own is exchanged by workload identity federation, and then for a service account's where one is named. */
export async function googleToken(lending: Lending, asker: Asker): Promise<IdentityToken> {
  const { account, audiences: wanted } = await borrowerOf(asker, GOOGLE);
  const identity = googleIdentityOf(account.annotations);
  const { audience, email = '' } = identity;
  const audiences = wanted ?? [audience];
  const key = ['gcp', asker.record.id, account.namespace, account.name, account.uid, audience, email];
  return lending.keep([...key, ...audiences], async () => {
    const { token } = await tokenOf(asker, account, audiences);
    const what = `Google Cloud gives no token to service account '${account.namespace}/${account.name}'`;
    const federated = await exchange(lending, identity, token, what, asker.signal);
    // Whom the pool makes of an account goes by the account's own cluster.
    if (email === '') return federated;
    const lent = await impersonated(lending, email, federated.token, what, asker.signal);
    return { ...lent, as: JSON.stringify(['gcp', email]) };
  });
}

/** Google's security token service (RFC 8693). */
async function exchange(
  lending: Lending,
  { audience, email }: GoogleIdentity,
  token: string,
  what: string,
  signal: AbortSignal,
): Promise<IdentityToken> {
  const body = new URLSearchParams({
    ...{ grant_type: EXCHANGE, audience, requested_token_type: ACCESS_TOKEN },
    // Whom a service account is lent to needs the one scope that asks for it.
    scope: email === undefined ? GOOGLE_SCOPES.join(' ') : CLOUD_PLATFORM,
    ...{ subject_token_type: JWT, subject_token: token },
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const now = lending.clock.now();
  const url = `${lending.endpoints.googleSts}/v1/token`;
  const answer = objectIn(
    await ask(lending, { method: 'POST', url, headers, body: body.toString() }, signal),
    what,
  );
  return { token: textIn(answer, 'access_token', what), expiresAt: lifetimeOf(answer.expires_in, now) };
}

async function impersonated(
  lending: Lending,
  email: string,
  token: string,
  what: string,
  signal: AbortSignal,
): Promise<IdentityToken> {
  const url = `${lending.endpoints.googleIam}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = JSON.stringify({ scope: GOOGLE_SCOPES, lifetime: '3600s' });
  const about = `${what} as ${email}`;
  const answer = objectIn(await ask(lending, { method: 'POST', url, headers, body }, signal), about);
  const expiresAt = new Date(textIn(answer, 'expireTime', about));
  if (Number.isNaN(expiresAt.getTime())) throw new Fault('malformed', `${about}: expireTime cannot be read`);
  return { token: textIn(answer, 'accessToken', about), expiresAt };
}
