import { AZURE_AUDIENCE, azureClientOf, CLIENT_ANNOTATION } from '../../core/identity/azure.ts';
import type { Asker, IdentityToken } from '../../ports.ts';
import { borrowerOf, type Lender, tokenOf } from './account.ts';
import { ask, objectIn, textIn } from './ask.ts';
import { type Lending, lifetimeOf } from './lending.ts';

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Whom Entra ID is asked as. */
export const AZURE: Lender = { cloud: 'Azure', annotation: CLIENT_ANNOTATION };

/** A token of Entra ID for the account's application: the client credentials grant with a federated assertion. */
export async function azureToken(
  lending: Lending,
  asker: Asker & { readonly scope: string },
): Promise<IdentityToken> {
  const { scope } = asker;
  const { account, audiences = [AZURE_AUDIENCE] } = await borrowerOf(asker, AZURE);
  const { tenant, client } = azureClientOf(account.annotations);
  const key = ['azure', asker.record.id, account.namespace, account.name, account.uid, tenant, client, scope];
  return lending.keep([...key, ...audiences], async () => {
    const { token } = await tokenOf(asker, account, audiences);
    const body = new URLSearchParams({
      ...{ grant_type: 'client_credentials', client_id: client, scope },
      ...{ client_assertion_type: ASSERTION, client_assertion: token },
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const url = `${lending.endpoints.entra}/${tenant}/oauth2/v2.0/token`;
    const what = `Azure gives no token to service account '${account.namespace}/${account.name}'`;
    const now = lending.clock.now();
    const request = { method: 'POST', url, headers, body: body.toString() };
    const answer = objectIn(await ask(lending, request, asker.signal), what);
    const expiresAt = lifetimeOf(answer.expires_in, now);
    const as = JSON.stringify(['azure', tenant, client]);
    return { token: textIn(answer, 'access_token', what), expiresAt, as };
  });
}
