import { S3Client } from '@aws-sdk/client-s3';
import { externalIdOf } from '../../core/deployment.ts';
import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { type AwsSession, sessionIn } from '../../core/identity/sts-answer.ts';
import { type AwsCredentials, signV4 } from '../../core/sigv4.ts';
import type { Clock, Deployment } from '../../ports.ts';
import { type AwsAccess, clientSettings } from './clients.ts';
import { asFaults } from './faults.ts';

/** STS's least, in seconds: the keys outlive no object's run by much. */
const SESSION_SECONDS = 900;
/** Ours: keys that live for less than this, in ms, are renewed; a worker runs for 120 s. */
const SPARE_MS = 300_000;
/** Ours: time for an answer, in ms. */
const ANSWER_MS = 8_000;

/** Takes roles that are registered as clusters' identities, with STS; kept as long as the keys are good. */
export function createAssumeIdentity(
  access: AwsAccess,
  deployment: string,
  clock: Pick<Clock, 'now' | 'timeout'>,
): NonNullable<Deployment['assumeIdentity']> {
  const sessions = new Map<string, AwsSession>();
  return async (roleArn, cluster) => {
    const key = `${cluster} ${roleArn}`;
    const known = sessions.get(key);
    if (known !== undefined && known.expiresAt.getTime() - clock.now().getTime() > SPARE_MS) return known;
    const session = await assume(access, roleArn, externalIdOf(deployment, cluster), clock);
    sessions.set(key, session);
    return session;
  };
}

async function assume(
  access: AwsAccess,
  roleArn: string,
  externalId: string,
  clock: Pick<Clock, 'now' | 'timeout'>,
): Promise<AwsSession> {
  const body = new URLSearchParams({
    ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleSessionName: 'sluice' },
    ...{ RoleArn: roleArn, ExternalId: externalId, DurationSeconds: String(SESSION_SECONDS) },
  }).toString();
  const url = new URL(`${access.endpoint ?? `https://sts.${access.region}.amazonaws.com`}/`);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method: 'POST', url, headers, payload: sha256Hex(body) };
  const scope = { region: access.region, service: 'sts', now: clock.now() };
  const signed = signV4(request, await ownKeys(access), scope);
  const signal = clock.timeout(ANSWER_MS);
  const answer = await fetch(url, { method: 'POST', headers: signed, body, signal }).catch(
    (error: unknown) => {
      throw new Fault('unreachable', 'STS does not answer', {}, error);
    },
  );
  return sessionIn(await answer.text(), answer.status, roleArn);
}

/** The function's own keys, as the SDK finds them. */
async function ownKeys(access: AwsAccess): Promise<AwsCredentials> {
  const client = new S3Client(clientSettings(access));
  try {
    return await asFaults('find own credentials', () => client.config.credentials());
  } finally {
    client.destroy();
  }
}
