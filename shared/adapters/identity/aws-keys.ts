import { Fault } from '../../core/failures.ts';
import {
  AWS_AUDIENCE,
  ROLE_ANNOTATION,
  roleOf,
  sessionNameOf,
  stsEndpointOf,
} from '../../core/identity/aws.ts';
import { sessionIn } from '../../core/identity/sts-answer.ts';
import type { Asker, AwsKeys } from '../../ports.ts';
import { borrowerOf, isLent, type Lender, tokenOf } from './account.ts';
import { ask } from './ask.ts';
import type { Lending } from './lending.ts';

/** Whom STS is asked as. */
export const AWS: Lender = { cloud: 'AWS', annotation: ROLE_ANNOTATION };

/** Keys of the account's role, else of the role that is registered with the cluster, else of the registered account's. */
export async function awsKeys(
  lending: Lending,
  asker: Asker & { readonly region: string; readonly endpoint?: string },
): Promise<AwsKeys> {
  const { region, record } = asker;
  const { identityRoleArn } = record.settings;
  if (isLent(asker) && identityRoleArn !== undefined)
    return registeredKeys(lending, identityRoleArn, record.id);
  const { account, audiences = [AWS_AUDIENCE] } = await borrowerOf(asker, AWS);
  const role = roleOf(account.annotations);
  const { endpoint: named } = asker;
  const session = sessionNameOf(account.namespace, account.name, region);
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
      RoleSessionName: session,
      WebIdentityToken: token,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', url: `${endpoint}/`, headers, body: body.toString() };
    const { status, text } = await ask(lending, request, asker.signal);
    const keys = sessionIn(text, status, role);
    // Policies may tell sessions apart by their names; and what a tenant says is STS proves nothing to others.
    return named === undefined ? { ...keys, as: JSON.stringify(['aws', role, session]) } : keys;
  });
}

async function registeredKeys({ assumeIdentity }: Lending, role: string, cluster: string): Promise<AwsKeys> {
  if (assumeIdentity !== undefined)
    return { ...(await assumeIdentity(role, cluster)), as: JSON.stringify(['aws', role]) };
  throw new Fault(
    'forbidden',
    'registered roles of AWS can be assumed on AWS only; name a service account, or have one registered instead',
  );
}
