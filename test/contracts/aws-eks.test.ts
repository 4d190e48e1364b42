import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAssumeIdentity } from '../../shared/adapters/aws/assume-identity.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { sha256Hex } from '../../shared/core/digests.ts';
import { eksToken } from '../../shared/core/identity/aws.ts';
import { signV4 } from '../../shared/core/sigv4.ts';
import type { Asker, Cluster } from '../../shared/ports.ts';
import { clusterRecord } from '../builders.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { pythonOf } from '../servers/venv.ts';

const ROLE = 'arn:aws:iam::123456789012:role/sluice-hub';
const GATE = { ObjectLevelWorkloadIdentity: true };
const MOTO = join(import.meta.dirname, '../servers/moto');

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto?.stop());

/** A question to moto as its administrator. */
async function ask(method: string, path: string, service: string, body = ''): Promise<unknown> {
  const { endpoint, credentials, region } = moto.access;
  const url = new URL(endpoint + path);
  const unsigned = { method, url, headers: {}, payload: sha256Hex(body) };
  const headers = signV4(unsigned, credentials, { region, service, now: new Date() });
  const answer = await fetch(url, { method, headers, ...(body && { body }) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The signed URL in a token, its parameters in order of their names. */
function signedIn(token: string): { readonly url: URL; readonly parameters: readonly string[] } {
  const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
  return { url, parameters: [...url.searchParams].map(([name, value]) => `${name}=${value}`).toSorted() };
}

/** Whose keys signed a link: moto checks no signature, and knows the keys by a header alone. */
async function signerOf(url: URL): Promise<string> {
  const credential = url.searchParams.get('X-Amz-Credential');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`;
  return (await fetch(url, { headers: { authorization } })).text();
}

test("[KS-103 eks-token] a token is what the AWS command line's library makes of the same keys", () => {
  const keys = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'hid/den+', sessionToken: 'ses/sion+token==' };
  const python = pythonOf({ name: 'moto', requirements: join(MOTO, 'requirements.txt') }) ?? '';
  const script = [join(MOTO, 'eks_token.py'), 'eu-central-1', 'prod', ...Object.values(keys)];
  const theirs = signedIn(execFileSync(python, script, { encoding: 'utf8' }).trim());

  const time = theirs.url.searchParams.get('X-Amz-Date') ?? '';
  const now = new Date(time.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
  const ours = signedIn(eksToken({ name: 'prod', region: 'eu-central-1' }, keys, now).token);

  expect(ours.parameters).toEqual(theirs.parameters);
  expect(ours.url.origin + ours.url.pathname).toBe(theirs.url.origin + theirs.url.pathname);
});

test.each([
  ['the role that is registered with the hub', undefined, ':assumed-role/sluice-hub/'],
  ["an account's role", 'deployer', ':assumed-role/team/'],
])('a cluster of EKS is found and spoken to as %s', async (_name, serviceAccount, who) => {
  const name = serviceAccount ?? 'registered';
  const made = JSON.stringify({ name, roleArn: ROLE, resourcesVpcConfig: {} });
  const { cluster } = (await ask('POST', '/clusters', 'eks', made)) as {
    cluster: { arn: string; endpoint: string };
  };
  const { endpoint } = moto.access;
  const identities = createIdentities({
    http: createHttp({ loopback: true, privateRanges: true }),
    clock: systemClock,
    endpoints: { ...PUBLIC_ENDPOINTS, aws: () => endpoint },
    assumeIdentity: createAssumeIdentity(moto.access, 'd1', systemClock),
  });
  const account = {
    metadata: { name, annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/team' } },
  };
  const asker: Asker = {
    record: clusterRecord({
      settings: { ...clusterRecord().settings, identityRoleArn: ROLE, featureGates: GATE },
    }),
    cluster: {
      get: async () => account,
      accountToken: async () => ({ token: 'a.b.c', expiresAt: new Date(Date.now() + 3_600_000) }),
    } as unknown as Cluster,
    namespace: 'apps',
    ...(serviceAccount && { serviceAccount }),
    signal: AbortSignal.timeout(10_000),
  };

  const access = await identities.clusterAccess(asker, { provider: 'aws', cluster: cluster.arn });

  expect(access.server).toBe(`https://${new URL(cluster.endpoint).host.toLowerCase()}:443`);
  const { url } = signedIn(access.token);
  expect(await signerOf(url)).toContain(who);
});
