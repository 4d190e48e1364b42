import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import type { Http, HttpAnswer, HttpRequest, Ports } from '../../shared/ports.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { startAzureBlobs } from '../servers/azure-blobs.ts';
import { type GitServer, startGitServer } from '../servers/git-http.ts';
import { startGoogleObjects } from '../servers/google-objects.ts';
import { startMoto } from '../servers/moto.ts';
import { pushArtifact } from '../servers/oci-push.ts';
import { REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { BUCKET, bucketAt } from './bucket.ts';
import { condition, create, gitRepository, reconcile } from './drive.ts';
import { layerOf, OCI_REPOSITORY, ociAt, useServer } from './oci.ts';
import { publish, sourceAt, told, useWorld } from './setting.ts';

const OPERATORS = 'registered-operators';
const settings = { identityServiceAccount: `${OPERATORS}/lender` };
const setting = useWorld('registered-identity', async () => ({ settings }));
const bare = useWorld('registered-nobody', async () => ({
  settings: { identityServiceAccount: `${OPERATORS}/bare` },
}));
const { namespace } = setting;
const registry = useServer(() => startRegistry({ basic: true }));
const TENANT = '11111111-2222-3333-4444-555555555555';
const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const ACCOUNT = '123456789012';
const annotations = {
  'azure.workload.identity/tenant-id': TENANT,
  'azure.workload.identity/client-id': '66666666-7777-8888-9999-000000000000',
  'gcp.auth.fluxcd.io/workload-identity-provider': POOL,
  'eks.amazonaws.com/role-arn': `arn:aws:iam::${ACCOUNT}:role/team`,
};
const HOSTS = {
  aws: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`,
  azure: 'team.azurecr.io',
  gcp: 'europe-west1-docker.pkg.dev',
};
const stops: (() => unknown)[] = [];
let moto: AwsServer;
let git: GitServer;
let azure: string;
let google: string;

beforeAll(async () => {
  const { cluster } = setting.world;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATORS } }, PERSON);
  for (const [name, notes] of [
    ['lender', annotations],
    ['bare', {}],
  ] as const) {
    const metadata = { namespace: OPERATORS, name, annotations: notes };
    await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, PERSON);
  }
  moto = await startMoto();
  git = await startGitServer(setting.world.gitRoot, { bearerToken: 'of-entra' });
  const blobs = await startAzureBlobs({
    container: 'apps',
    blobs: { 'a.yaml': 'a: 1\n' },
    token: 'of-entra',
  });
  const objects = await startGoogleObjects({
    ...{ bucket: 'apps', objects: { 'a.yaml': 'a: 1\n' }, token: 'of-google' },
  });
  azure = blobs.url;
  google = objects.url;
  stops.push(moto.stop, git.stop, blobs.stop, objects.stop);
  const to = { url: registry.server.url, repository: 'apps/config', authorization: basic(REGISTRY_USER) };
  await pushArtifact(to, 'latest', [await layerOf({ 'a.yaml': 'a: 1\n' })]);
});
afterAll(() => Promise.all(stops.map((stop) => stop())));

const PERSON = { fieldManager: 'person' };

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Tokens of accounts that a cloud was shown, each with the host it was shown to. */
const shown: { host: string; token: string }[] = [];
let asked: string[] = [];
beforeEach(() => {
  shown.length = 0;
  asked = [];
});

/** What the registries let in, each what its cloud lends. */
const LENT = {
  // As moto makes it.
  [HOSTS.aws]: basic({ username: 'AWS', password: `${ACCOUNT}-auth-token` }),
  [HOSTS.azure]: basic({ username: '00000000-0000-0000-0000-000000000000', password: 'of-acr' }),
  [HOSTS.gcp]: basic({ username: 'oauth2accesstoken', password: 'of-google' }),
};

/** The clouds' own names lead to servers on loopback. */
function clouds(): Partial<Ports> {
  const real = createHttp({ loopback: true, privateRanges: true });
  const json = (url: string, body: object): HttpAnswer => ({
    ...{ status: 200, headers: { 'content-type': 'application/json' } },
    ...{ body: Buffer.from(JSON.stringify(body)), url },
  });
  const http: Http = {
    async request(request) {
      const { host, pathname, search, origin } = new URL(request.url);
      asked.push(`${request.method} ${host}${pathname}`);
      const form = new URLSearchParams(Buffer.from(request.body ?? []).toString());
      for (const name of ['client_assertion', 'subject_token', 'WebIdentityToken']) {
        const token = form.get(name);
        if (token !== null) shown.push({ host, token });
      }
      if (host === 'login.microsoftonline.com')
        return json(request.url, { access_token: 'of-entra', expires_in: 3599 });
      if (host === 'sts.googleapis.com')
        return json(request.url, { access_token: 'of-google', expires_in: 3600 });
      if (pathname === '/oauth2/exchange')
        return json(request.url, form.get('access_token') === 'of-entra' ? { refresh_token: 'of-acr' } : {});
      const at = (server: string, headers = request.headers): HttpRequest => ({
        ...request,
        ...{ url: `${server}${pathname}${search}`, headers: headers ?? {} },
      });
      if (/^(api\.ecr|sts)\./.test(host))
        return real.request(at(moto.access.endpoint, { ...request.headers, host }));
      if (host === 'dev.azure.com') return real.request(at(git.url));
      if (host === 'acme.blob.core.windows.net') return real.request(at(azure));
      if (host === 'storage.googleapis.com') return real.request(at(google));
      const wanted = LENT[host];
      if (wanted === undefined) throw new Error(`nobody is at ${origin}`);
      const { authorization, ...others } = request.headers ?? {};
      const isLent = authorization === wanted;
      const answer = await real.request(
        at(registry.server.url, isLent ? { ...others, authorization: basic(REGISTRY_USER) } : others),
      );
      return { ...answer, url: request.url };
    },
  };
  const identities = createIdentities({ http, clock: systemClock, endpoints: PUBLIC_ENDPOINTS });
  return { http: () => http, git: createGit({ http }), identities };
}

/** Whose token it is, as the API server tells a cloud that asks for one of its own audience. */
async function ownerOf(token: string, audience: string): Promise<string | undefined> {
  const review = {
    ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: { name: '' } },
    spec: { token, audiences: [audience] },
  };
  const { status } = (await setting.world.cluster.create(review, PERSON)) as {
    readonly status?: { readonly authenticated?: boolean; readonly user?: { readonly username?: string } };
  };
  return status?.authenticated ? status.user?.username : undefined;
}

const AUDIENCE: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'api://AzureADTokenExchange',
  'sts.googleapis.com': `//iam.googleapis.com/${POOL}`,
  'sts.eu-west-1.amazonaws.com': 'sts.amazonaws.com',
};

/** That each cloud was shown the registered account's token, made by the real API server for that cloud. */
async function expectLender(...hosts: readonly string[]): Promise<void> {
  expect(shown.map(({ host }) => host)).toEqual(hosts);
  for (const { host, token } of shown)
    expect(await ownerOf(token, AUDIENCE[host] ?? '')).toBe(`system:serviceaccount:${OPERATORS}:lender`);
}

const STS = {
  aws: 'sts.eu-west-1.amazonaws.com',
  azure: 'login.microsoftonline.com',
  gcp: 'sts.googleapis.com',
};

describe("[COM-23 controller-identity] objects that name no account are their cluster's registered one, the gate being shut", () => {
  async function artifactAt(provider: 'aws' | 'azure' | 'gcp', name: string, spec: object, where = setting) {
    const url = `oci://${HOSTS[provider]}/apps/config`;
    const metadata = { namespace: where.namespace, name };
    await create(where.world, {
      ...{ ...OCI_REPOSITORY, metadata },
      spec: { provider, url, interval: '10m', ...spec },
    });
    return reconcile(where.world, ociAt(where, name), { ports: clouds() });
  }

  test.each(['aws', 'azure', 'gcp'] as const)('an OCIRepository of provider %s', async (provider) => {
    const done = await artifactAt(provider, `oci-${provider}`, {});

    expect(told(done)).toMatch(/^True Succeeded: /);
    await expectLender(STS[provider]);
    expect(JSON.stringify([done.status, setting.log.entries])).not.toMatch(
      /of-entra|of-google|of-acr|auth-token/,
    );
  });

  test.each([
    ['azure', { endpoint: 'https://acme.blob.core.windows.net' }],
    ['gcp', { endpoint: 'storage.googleapis.com' }],
  ] as const)('a Bucket of provider %s', async (provider, place) => {
    const metadata = { namespace, name: `bucket-${provider}` };
    const spec = { provider, bucketName: 'apps', interval: '10m', ...place };
    await create(setting.world, { ...BUCKET, metadata, spec });

    const done = await reconcile(setting.world, bucketAt(setting, metadata.name), { ports: clouds() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    await expectLender(STS[provider]);
  });

  test('a GitRepository of provider azure', async () => {
    await publish(setting, 'devops', { 'a.yaml': 'a: 1\n' });
    const spec = { provider: 'azure', url: 'https://dev.azure.com/devops.git' };
    await create(setting.world, gitRepository(setting.world, namespace, 'devops', spec));

    const done = await reconcile(setting.world, sourceAt(setting, 'devops'), { ports: clouds() });

    expect(told(done)).toMatch(/^True Succeeded: /);
    await expectLender(STS.azure);
  });

  test('but not where a tenant says who is to be believed', async () => {
    await create(setting.world, {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'mine' } },
      stringData: { 'ca.crt': 'x', username: 'x', password: 'x' },
    });
    for (const [name, spec] of [
      ['believing', { insecure: true }],
      ['vouching', { certSecretRef: { name: 'mine' } }],
    ] as const) {
      const stalled = await artifactAt('gcp', name, spec);
      expect(told(stalled, 'Stalled')).toMatch(
        /registered identity is not shown to whom spec\.\w+ makes trusted/,
      );
    }
    const git = {
      elsewhere: { url: 'https://dev.azure.com.evil.example/x.git' },
      plain: { url: 'http://dev.azure.com/devops.git' },
      vouched: { url: 'https://dev.azure.com/devops.git', secretRef: { name: 'mine' } },
    };
    for (const [name, spec] of Object.entries(git)) {
      await create(
        setting.world,
        gitRepository(setting.world, namespace, name, { provider: 'azure', ...spec }),
      );
      const stalled = await reconcile(setting.world, sourceAt(setting, name), { ports: clouds() });
      expect(told(stalled)).toMatch(
        /^False AuthenticationFailed: .*gets no token of the cluster's registered/,
      );
      expect(condition(stalled, 'Stalled')?.status).toBe('True');
    }
    expect([shown, asked]).toEqual([[], []]);
  });

  test('[COM-23 no-identity] and where that account is nobody at their cloud, they are told', async () => {
    for (const provider of ['aws', 'azure', 'gcp'] as const) {
      const stalled = await artifactAt(provider, `nobody-${provider}`, {}, bare);
      expect(told(stalled, 'Stalled')).toMatch(
        /^True AuthenticationFailed: .*'registered-operators\/bare' is nobody there; .* annotate that one with /,
      );
    }
    expect(asked).toEqual([]);
  });

  test('a Bucket that everybody may read is read as nobody then', async () => {
    const objects = await startGoogleObjects({ bucket: 'open', objects: { 'a.yaml': 'a: 1\n' } });
    stops.push(objects.stop);
    const before = google;
    google = objects.url;
    const metadata = { namespace: bare.namespace, name: 'open' };
    const spec = { provider: 'gcp', bucketName: 'open', endpoint: 'storage.googleapis.com', interval: '10m' };
    await create(bare.world, { ...BUCKET, metadata, spec });

    const done = await reconcile(bare.world, bucketAt(bare, 'open'), { ports: clouds() });

    google = before;
    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(shown).toEqual([]);
  });
});
