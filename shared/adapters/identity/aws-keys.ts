import { Fault } from '../../core/failures.ts';
import { AWS_AUDIENCE, roleOf, sessionNameOf, stsEndpointOf } from '../../core/identity/aws.ts';
import { sessionIn } from '../../core/identity/sts-answer.ts';
import type { Asker, AwsKeys } from '../../ports.ts';
import { readAccount, tokenOf } from './account.ts';
import { ask } from './ask.ts';
import type { Lending } from './lending.ts';

/** Keys of the account's role, else of the role that is registered with the cluster. */
export async function awsKeys(
  lending: Lending,
  asker: Asker & { readonly region: string; readonly endpoint?: string },
): Promise<AwsKeys> {
  const { serviceAccount, region, audiences = [AWS_AUDIENCE] } = asker;
  if (serviceAccount === undefined) return registeredKeys(lending, asker);
  const account = await readAccount(asker, serviceAccount);
  const role = roleOf(account.annotations);
  const { endpoint: named } = asker;
  const endpoint = named === undefined ? lending.endpoints.aws('sts', region) : stsEndpointOf(named);
  const key = [
    'aws',
    asker.record.id,
    account.namespace,
    account.name,
    account.uid,
    role,
    region,
    endpoint,
    ...audiences,
  ];
  return lending.keep(key, async () => {
    const { token } = await tokenOf(asker, account, audiences);
    const body = new URLSearchParams({
      ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: role },
      RoleSessionName: sessionNameOf(account.namespace, account.name, region),
      WebIdentityToken: token,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', url: `${endpoint}/`, headers, body: body.toString() };
    const { status, text } = await ask(lending, request, asker.signal);
    return sessionIn(text, status, role);
  });
}

async function registeredKeys({ assumeIdentity }: Lending, { record }: Asker): Promise<AwsKeys> {
  const role = record.settings.identityRoleArn;
  if (role === undefined) {
    const advice = 'name a service account with a role, or have a role registered with the cluster';
    throw new Fault('forbidden', `cluster '${record.name}' has no AWS identity; ${advice}`);
  }
  if (assumeIdentity !== undefined) return assumeIdentity(role, record.id);
  throw new Fault(
    'forbidden',
    'registered AWS identities can be assumed on AWS only; name a service account',
  );
}
