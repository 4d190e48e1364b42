import { mkdtemp, rm, stat } from 'node:fs/promises';
import { Agent, type AgentOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type EmbeddedCluster, openCluster } from '../../../../infra/local/cluster/open.ts';

const open: EmbeddedCluster[] = [];
afterAll(() => Promise.all(open.map((cluster) => cluster.close())));

async function started(file?: string): Promise<EmbeddedCluster> {
  const cluster = await openCluster(file === undefined ? {} : { file });
  open.push(cluster);
  return cluster;
}

interface Who {
  readonly status: number;
  readonly user?: {
    readonly username: string;
    readonly groups?: readonly string[];
    readonly extra?: unknown;
  };
}

/** Who a client is that connects with these options and sends these header lines. */
function whoAmI(
  cluster: Pick<EmbeddedCluster, 'url' | 'ca'>,
  options: AgentOptions,
  ...lines: readonly (readonly [string, string])[]
): Promise<Who> {
  const body = '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}';
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const agent = new Agent({ ca: cluster.ca, ...options });
  return new Promise<Who>((resolve, reject) => {
    // Raw: names in the case and the number in which they are given.
    const headers = [
      'host',
      'test',
      'content-type',
      'application/json',
      'content-length',
      String(body.length),
      ...lines.flat(),
    ];
    const call = request(new URL(path, cluster.url), { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('end', () => {
        const { status } = JSON.parse(text) as { status?: { userInfo?: NonNullable<Who['user']> } };
        const user = status?.userInfo;
        resolve({ status: response.statusCode ?? 0, ...(user && { user }) });
      });
    });
    call.once('error', reject);
    call.end(body);
  }).finally(() => agent.destroy());
}

function certificateOf(kubeconfig: string): AgentOptions {
  const { user } = parse(kubeconfig).users[0];
  const decoded = (text: string) => Buffer.from(text, 'base64').toString();
  return { cert: decoded(user['client-certificate-data']), key: decoded(user['client-key-data']) };
}

describe('a client certificate', () => {
  test('is the user and the groups that its kubeconfig was made for', async () => {
    const cluster = await started();
    const mine = certificateOf(cluster.kubeconfigOf('jane', ['devs']));

    const { status, user } = await whoAmI(cluster, mine);

    expect(status).toBe(201);
    expect(user).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] });
    expect(user?.extra).toEqual({
      'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)],
    });
  });

  test('of another cluster in the process is nobody’s, even of the administrators', async () => {
    const [one, other] = [await started(), await started()];
    const theirs = certificateOf(other.kubeconfigOf('jane', ['system:masters']));

    expect((await whoAmI(other, theirs)).status).toBe(201);
    expect(await whoAmI(one, theirs)).toEqual({ status: 401 });
  });

  test('and the token outlive a restart with the state’s file, and no other does', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cluster-'));
    const file = join(directory, 'state.db');
    const first = await openCluster({ file });
    // The authority's private key is in it.
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const mine = certificateOf(first.kubeconfigOf('jane', []));
    const { ca, token } = first;
    await first.close();

    const second = await started(file);

    expect(second).toMatchObject({ ca, token });
    expect((await whoAmI(second, mine)).user?.username).toBe('jane');
    expect((await whoAmI(second, {}, ['Authorization', `Bearer ${token}`])).status).toBe(201);
    await second.close();
    await rm(directory, { recursive: true });
  });
});

describe('headers', () => {
  const admin = (cluster: EmbeddedCluster) => ['authorization', `Bearer ${cluster.token}`] as const;

  test('may be written in any case', async () => {
    const cluster = await started();

    const { user } = await whoAmI(
      cluster,
      {},
      ['AUTHORIZATION', `bearer ${cluster.token}`],
      ['IMPERSONATE-USER', 'joe'],
      ['iMPERSONATE-eXTRA-Scopes', 'x'],
    );

    expect(user).toMatchObject({ username: 'joe', extra: { scopes: ['x'] } });
  });

  test('that come twice are two groups, and the first user', async () => {
    const cluster = await started();

    const { user } = await whoAmI(
      cluster,
      {},
      admin(cluster),
      ['Impersonate-User', 'joe'],
      ['Impersonate-User', 'jane'],
      ['Impersonate-Group', 'a'],
      ['impersonate-group', 'b, c'],
    );

    expect(user).toMatchObject({ username: 'joe', groups: ['a', 'b, c', 'system:authenticated'] });
  });

  test('with two tokens are the first one', async () => {
    const cluster = await started();
    const bad = ['authorization', 'Bearer x'] as const;

    expect((await whoAmI(cluster, {}, bad, admin(cluster))).status).toBe(401);
    expect((await whoAmI(cluster, {}, admin(cluster), bad)).status).toBe(201);
  });

  test('of a proxy that says who it is are believed by nobody', async () => {
    const cluster = await started();

    const answer = await whoAmI(
      cluster,
      {},
      ['X-Remote-User', 'admin'],
      ['X-Remote-Group', 'system:masters'],
    );

    // The anonymous user may not even ask who it is.
    expect(answer).toEqual({ status: 403 });
  });

  test('without a host’s own token of another cluster are nobody’s', async () => {
    const [one, other] = [await started(), await started()];

    expect(await whoAmI(one, {}, admin(other))).toEqual({ status: 401 });
  });
});
