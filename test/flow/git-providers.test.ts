import { generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { Identities } from '../../shared/ports.ts';
import { type GitServer, type GitServerOptions, startGitServer } from '../servers/git-http.ts';
import { condition, create, gitRepository, reconcile } from './drive.ts';
import { publish, secretsIn, sourceAt, told, useWorld } from './setting.ts';

const setting = useWorld('git-providers');
const { namespace } = setting;
const secret = secretsIn(setting);
const servers: GitServer[] = [];
const expires = new Date(Date.now() + 3_600_000).toISOString();
const privateKey = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
);

afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function serverWith(options: GitServerOptions): Promise<string> {
  const server = await startGitServer(setting.world.gitRoot, options);
  servers.push(server);
  return server.url;
}

/** With some of the clouds' answers made up here: what they are asked has tests of its own. */
async function visited(name: string, spec: object, identities: Partial<Identities> = {}) {
  await publish(setting, name, { 'a.yaml': 'a: 1\n' });
  await create(setting.world, gitRepository(setting.world, namespace, name, spec));
  const { ports } = setting.world.runtime;
  const overrides = { ports: { identities: { ...ports.identities, ...identities } } };
  return reconcile(setting.world, sourceAt(setting, name), overrides);
}

describe('provider github', () => {
  /** An Enterprise Server: its API, and repositories for whoever brings the token. */
  const enterprise = () =>
    serverWith({
      username: 'x-access-token',
      password: 'ghs_token',
      api: ({ url = '' }, response) => {
        if (!url.startsWith('/api/v3/app/installations/7/')) return false;
        response.writeHead(201).end(JSON.stringify({ token: 'ghs_token', expires_at: expires }));
        return true;
      },
    });

  test('[GR-12 provider] [GR-15 github] [GR-15 enterprise] fetches with the token of the App', async () => {
    const url = await enterprise();
    const app = { githubAppID: '42', githubAppInstallationID: '7', githubAppPrivateKey: privateKey };
    await secret('app', { ...app, githubAppBaseURL: `${url}/api/v3` });

    const source = await visited('app', {
      provider: 'github',
      secretRef: { name: 'app' },
      url: `${url}/app.git`,
    });

    expect(told(source)).toMatch(/^True Succeeded/);
  });

  test.each([
    [
      'no-app',
      { username: 'x' },
      'secretRef with github app data must be specified when provider is set to github',
      'InvalidProviderConfiguration',
    ],
    [
      'no-place',
      { githubAppID: '1', githubAppPrivateKey: privateKey },
      'app installation owner or ID must be provided to use github app authentication',
      'InvalidProviderConfiguration',
    ],
    [
      'two-places',
      {
        githubAppID: '1',
        githubAppPrivateKey: privateKey,
        githubAppInstallationID: '1',
        githubAppInstallationOwner: 'o',
      },
      'only one of app installation owner or ID must be provided to use github app authentication',
      'InvalidProviderConfiguration',
    ],
    [
      'no-key',
      { githubAppID: '1', githubAppInstallationID: '1' },
      'private key must be provided to use github app authentication',
      'InvalidProviderConfiguration',
    ],
    [
      'bad-key',
      { githubAppID: '1', githubAppInstallationID: '1', githubAppPrivateKey: 'x' },
      'could not parse private key',
      'AuthenticationFailed',
    ],
  ])('[GR-15 invalid] with a Secret that has %s says so', async (name, data, message, reason) => {
    await secret(name, data as Record<string, string>);

    const refused = await visited(name, { provider: 'github', secretRef: { name } });

    expect(told(refused)).toMatch(new RegExp(`^False ${reason}: .*${message}`));
  });

  test('[GR-15 no-secret] without a Secret stalls', async () => {
    const stalled = await visited('secretless', { provider: 'github' });

    expect(told(stalled)).toMatch(
      /^False InvalidProviderConfiguration: secretRef with github app data must be/,
    );
    expect(condition(stalled, 'Stalled')?.status).toBe('True');
  });

  test('[GR-15 other-provider] data of an App without it is told', async () => {
    await secret('lost-app', { githubAppID: '1' });

    expect(told(await visited('lost-app', { secretRef: { name: 'lost-app' } }))).toMatch(
      /^False InvalidProviderConfiguration: .*github app data but provider is not set to github/,
    );
  });
});

describe('provider azure', () => {
  test('[GR-13 azure] [GR-12 service-account] fetches with a token of Entra ID for Azure DevOps', async () => {
    const asked: unknown[] = [];
    const url = await serverWith({ bearerToken: 'entra-token' });
    const azureToken: Identities['azureToken'] = async ({ scope, serviceAccount, namespace: at }) => {
      asked.push({ scope, serviceAccount, at });
      return { token: 'entra-token', expiresAt: new Date(expires) };
    };

    const source = await visited(
      'azure',
      { provider: 'azure', serviceAccountName: 'reader', url: `${url}/azure.git` },
      { azureToken },
    );

    expect(told(source)).toMatch(/^True Succeeded/);
    expect(asked).toEqual([
      { scope: '499b84ac-1321-427f-aa17-267ca6975798/.default', serviceAccount: 'reader', at: namespace },
    ]);
  });

  test('[GR-12 gate] [COM-23 gate] as an account stalls while the gate for it is shut', async () => {
    const stalled = await visited('gated', { provider: 'azure', serviceAccountName: 'reader' });

    expect(told(stalled)).toMatch(
      /^False AuthenticationFailed: .*ObjectLevelWorkloadIdentity feature gate is not enabled/,
    );
    expect(condition(stalled, 'Stalled')?.status).toBe('True');
  });

  test('[GR-12 no-identity] without an account nobody is asked', async () => {
    expect(told(await visited('nameless', { provider: 'azure' }))).toMatch(
      /^False AuthenticationFailed: .*cluster 'test' has no Azure identity; name a service account, or have/,
    );
  });
});

describe('provider aws', () => {
  test('[GR-14 aws] of a URL that is not of CodeCommit stalls', async () => {
    const stalled = await visited('elsewhere', { provider: 'aws' });

    expect(told(stalled)).toMatch(/^False AuthenticationFailed: .*requires an HTTPS Git URL/);
    expect(condition(stalled, 'Stalled')?.status).toBe('True');
  });

  test("[GR-14 ambient] is asked as the cluster's registered identity, never as the function's own", async () => {
    const url = 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/x';
    const nobody = await visited('unregistered', { provider: 'aws', url });
    const denied: Identities['awsKeys'] = async ({ region }) => {
      throw new Fault('unauthorized', `refused in ${region}`, {});
    };
    const refused = await visited('denied', { provider: 'aws', url }, { awsKeys: denied });

    expect(told(nobody)).toMatch(/^False AuthenticationFailed: /);
    expect(told(refused)).toMatch(/^False AuthenticationFailed: .*refused in eu-west-1/);
  });
});
