import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAssumeIdentity } from '../../shared/adapters/aws/assume-identity.ts';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { createAwsSecrets } from '../../shared/adapters/aws/secrets.ts';
import { CREDENTIALS_KEPT_MS, createClusters } from '../../shared/adapters/kubernetes/registry.ts';
import { systemChance as chance, systemClock } from '../../shared/adapters/local/system.ts';
import type { Clock } from '../../shared/ports.ts';
import { deployOnMoto, signIn } from '../contracts/aws-deployment.ts';
import { faultOf } from '../contracts/fault-of.ts';
import { openSession, type Session } from '../features/cli/recorded-world.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { startTokenReviewer, type TokenReviewer } from '../servers/token-reviewer.ts';
import { connect } from './api.ts';
import { BINDINGS } from './cli-session.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

const STACK = 'sluice-eks';
const ROLE = 'arn:aws:iam::123456789012:role/sluice-prod';
const ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';
const HOST = 'sts.eu-central-1.amazonaws.com';

const dir = mkdtempSync(join(tmpdir(), 'sluice-eks-'));
const tokens: string[] = [];
let moto: Moto;
let reviewer: TokenReviewer;
let plane: ControlPlane;
let outputs: Readonly<Record<string, string>>;
let person: Session;
let signOut = (): void => undefined;

/** As the authenticator of EKS: the link in the token is for STS and for this cluster, and STS says whose it is. */
async function roleOf(token: string): Promise<string | undefined> {
  tokens.push(token);
  const url = URL.parse(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString());
  if (url?.host !== HOST || url.searchParams.get('X-Amz-SignedHeaders') !== 'host;x-k8s-aws-id')
    return undefined;
  const credential = url.searchParams.get('X-Amz-Credential');
  // moto knows keys by this header alone, and checks no signature.
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`;
  const answer = await fetch(`${moto.access.endpoint}/${url.search}`, { headers: { authorization } });
  return /assumed-role\/([^/]+)\//.exec(await answer.text())?.[1];
}

beforeAll(async () => {
  moto = await startMoto();
  reviewer = await startTokenReviewer(roleOf);
  const flags = reviewer.flags(join(dir, 'webhook.json'));
  plane = await startControlPlane({ dir, kubelet: false, controllers: false, access: { flags } });
  outputs = await deployOnMoto(moto.access, STACK);
  signOut = signIn(moto.access);
  const { endpoint, region } = moto.access;
  const env = { SLUICE_STACK: STACK, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint };
  person = openSession({ env: { ...env, KUBECONFIG: plane.kubeconfigPath } });
  const api = connect(plane);
  const apiGroup = 'rbac.authorization.k8s.io';
  await api.create(BINDINGS, {
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'access-entry' } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'User', name: 'sluice-prod' }],
  });
  api.close();
}, 60_000);
afterAll(async () => {
  signOut();
  await plane?.stop();
  reviewer?.stop();
  await moto?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The registry as a function of the deployment has it, so many milliseconds from now. */
function registry(ahead = () => 0, withAws = true) {
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + ahead()) };
  const access = moto.access;
  const bucket = outputs.StateBucketName ?? '';
  const store = createS3Store({ access, bucket, owner: '123456789012', clock, chance });
  const secrets = createAwsSecrets({ access, prefix: outputs.SecretsPrefix ?? '' });
  const assumeIdentity = createAssumeIdentity(access, outputs.DeploymentId ?? '', clock);
  return { secrets, clusters: createClusters({ store, secrets, clock, ...(withAws && { assumeIdentity }) }) };
}

const idIn = (out: string): string => /\(id ([0-9a-f-]+),/.exec(out)?.[1] ?? '';
const add = (...flags: readonly string[]) => person.sluice('cluster', 'add', 'prod', '--yes', ...flags);

describe('sluice cluster add --eks', { timeout: 60_000 }, () => {
  test('[KS-103 eks-token] registers a role, and the functions log in as it with tokens of their own', async () => {
    const { code, out } = await add('--eks', ARN, '--role-arn', ROLE);

    expect(code).toBe(0);
    const id = idIn(out);
    expect(out).toContain(
      `${ROLE} must trust the functions with the external id sluice:id-of-${STACK}:${id}`,
    );
    expect(out).toContain('aws eks create-access-entry --region eu-central-1 --cluster-name prod');
    expect(out).not.toContain('serviceaccount');
    let ahead = 0;
    const { clusters, secrets } = registry(() => ahead);
    const { record, cluster } = await clusters.open(id);
    expect(record.eks).toEqual({ cluster: 'prod', region: 'eu-central-1', roleArn: ROLE });
    expect(await secrets.get(`cluster-${id}`)).toBeUndefined();

    expect((await cluster.facts()).uid).toBe(id);
    const { length } = tokens;
    ahead = CREDENTIALS_KEPT_MS;
    const again = await clusters.open(id);
    expect((await again.cluster.facts()).uid).toBe(id);
    expect(tokens.length).toBeGreaterThan(length);
    expect(new Set(tokens).size).toBeGreaterThan(1);
  });

  test('is kept by later changes, shown by the others, and taken back', async () => {
    const id = idIn((await add('--eks', ARN, '--role-arn', ROLE)).out);
    expect((await add('--label', 'a=b')).out).toContain('cluster prod updated');
    expect((await registry().clusters.get(id))?.eks).toBeDefined();
    expect((await add('--label', 'a=b')).out).toContain('cluster prod unchanged');
    const [listed] = JSON.parse((await person.sluice('cluster', 'list', '-o', 'json')).out);
    expect(listed).toMatchObject({ name: 'prod', status: 'ready' });
    expect((await person.sluice('doctor')).out).toContain(`is logged in to as ${ROLE}`);
  });

  test('a registered role needs a deployment on AWS', async () => {
    const id = idIn((await add('--eks', ARN, '--role-arn', ROLE)).out);

    const { message } = await faultOf(registry(undefined, false).clusters.open(id), 'unauthorized');
    expect(message).toContain('on AWS only');
  });

  test.each([
    [['--eks', 'prod', '--role-arn', ROLE], 'does not tell the region'],
    [['--eks', ARN, '--role-arn', ROLE, '--identity-role', ROLE], 'must not be the role of --identity-role'],
  ])('%j is refused, and says why', async (flags, said) => {
    expect(await add(...flags)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  });

  test('without a deployment on AWS is refused', async () => {
    const local = openSession({ env: { KUBECONFIG: plane.kubeconfigPath } });

    const { code, err } = await local.sluice(
      'cluster',
      'add',
      'prod',
      '--yes',
      '--eks',
      ARN,
      '--role-arn',
      ROLE,
    );
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('--stack') });
  });
});
