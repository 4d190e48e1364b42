import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { Http, HttpRequest, Identities } from '../../shared/ports.ts';
import type { AwsServer } from '../servers/aws-server.ts';
import { chartFiles, packCharts } from '../servers/helm.ts';
import { startMoto } from '../servers/moto.ts';
import { pushArtifact } from '../servers/oci-push.ts';
import { REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { filesIn, helmChart, storedChart, visitChart } from './charts.ts';
import { condition, create } from './drive.ts';
import { helmRepository } from './helm.ts';
import { useServer } from './oci.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('helm-chart-clouds');
const guarded = useServer(() => startRegistry({ basic: true }));
const ACCOUNT = '123456789012';
const ECR = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
const ACR = 'team.azurecr.io';
const GOOGLE = 'europe-west1-docker.pkg.dev';
const expiresAt = new Date(Date.now() + 3_600_000);
let moto: AwsServer;

beforeAll(async () => {
  moto = await startMoto();
  const { packed } = await packCharts([chartFiles('app', '1.0.0'), chartFiles('app', '1.1.0')]);
  const mediaType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
  const to = { url: guarded.server.url, repository: 'charts/app', authorization: basic(REGISTRY_USER) };
  for (const [index, { body }] of packed.entries())
    await pushArtifact(to, ['1.0.0', '1.1.0'][index], [{ mediaType, body }]);
});
afterAll(() => moto?.stop());

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The clouds' own names lead to servers on loopback, and the registry lets in whoever brings what the cloud lent, as its one user. */
function cloudy(lent: (registry: string) => string) {
  const asked: string[] = [];
  const inner = setting.world.runtime.ports.http('flux');
  const way = ({ url, headers, ...rest }: HttpRequest): HttpRequest => {
    const { host, pathname, search } = new URL(url);
    if (host.startsWith('api.ecr.'))
      return { ...rest, headers: { ...headers, host }, url: `${moto.access.endpoint}${pathname}` };
    const { authorization, ...others } = headers ?? {};
    const isLent = authorization === lent(host);
    const allowed = isLent ? { ...others, authorization: basic(REGISTRY_USER) } : others;
    return { ...rest, headers: allowed, url: `${guarded.server.url}${pathname}${search}` };
  };
  const http: Http = {
    request: async (request) => {
      const { host, pathname } = new URL(request.url);
      asked.push(`${request.method} ${host}${pathname}`);
      if (pathname === '/oauth2/exchange') return exchanged(request);
      return { ...(await inner.request(way(request))), url: request.url };
    },
  };
  return { asked, http: () => http };
}

/** As a registry of Azure answers. */
function exchanged({ url, body }: HttpRequest) {
  const form = new URLSearchParams(Buffer.from(body ?? []).toString());
  const isOurs = form.get('access_token') === 'of-entra' && form.get('service') === ACR;
  const answer = isOurs ? { refresh_token: 'of-acr' } : {};
  return { status: isOurs ? 200 : 401, headers: {}, body: Buffer.from(JSON.stringify(answer)), url };
}

/** What each cloud lends, and what the registry gets of it. */
const CLOUDS: readonly {
  readonly provider: string;
  readonly host: string;
  readonly lent: string;
  readonly asks: readonly string[];
}[] = [
  {
    ...{ provider: 'aws', host: ECR, asks: ['POST api.ecr.eu-west-1.amazonaws.com/'] },
    // As moto makes it.
    lent: basic({ username: 'AWS', password: `${ACCOUNT}-auth-token` }),
  },
  {
    ...{ provider: 'azure', host: ACR, asks: [`POST ${ACR}/oauth2/exchange`] },
    lent: basic({ username: '00000000-0000-0000-0000-000000000000', password: 'of-acr' }),
  },
  {
    ...{ provider: 'gcp', host: GOOGLE, asks: [] },
    lent: basic({ username: 'oauth2accesstoken', password: 'of-google' }),
  },
];

/** Identities as the clouds would lend them, and who asked for one. */
function lending(refused = false) {
  const askers: object[] = [];
  const lend =
    <T>(kept: T): ((asker: object) => Promise<T>) =>
    async (asker) => {
      const { namespace, serviceAccount } = asker as { namespace: string; serviceAccount?: string };
      askers.push({ namespace, serviceAccount });
      if (refused) throw new Fault('forbidden', 'nobody is registered', {});
      return kept;
    };
  const { ports } = setting.world.runtime;
  const identities: Identities = {
    ...ports.identities,
    awsKeys: lend({ ...moto.access.credentials, expiresAt }),
    azureToken: lend({ token: 'of-entra', expiresAt }),
    googleToken: lend({ token: 'of-google', expiresAt }),
  };
  return { askers, identities };
}

describe.each(CLOUDS)('a chart of a registry of $provider', ({ provider, host, lent, asks }) => {
  async function started(name: string, more: object, refused = false) {
    const { asked, http } = cloudy((registry) => (registry === host ? lent : 'nobody'));
    const { askers, identities } = lending(refused);
    const spec = { type: 'oci', provider, ...more };
    await create(
      setting.world,
      helmRepository(setting, name, `oci://${host}/charts`, spec),
      helmChart(setting, name, { chart: 'app', version: '1.x' }),
    );
    return { asked, askers, done: await visitChart(setting, name, { ports: { http, identities } }) };
  }

  test('[HR-09 login] is listed and pulled with what the cloud lends', async () => {
    const { asked, askers, done } = await started(`lent-${provider}`, {});

    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.1.0'");
    expect(filesIn(await storedChart(setting, done))['app/Chart.yaml']).toContain('version: 1.1.0');
    expect(asked.filter((line) => line.startsWith('POST'))).toEqual(asks);
    expect(asked).toContain(`GET ${host}/v2/charts/app/tags/list`);
    expect(askers).toEqual([{ namespace: setting.namespace, serviceAccount: undefined }]);
    expect(JSON.stringify(done.status)).not.toMatch(/auth-token|of-acr|of-google|of-entra/);
  });

  test('[HR-09 login] is nobody\u2019s who has no identity there, which stalls', async () => {
    const { asked, done } = await started(`none-${provider}`, {}, true);

    const message = `failed to get credential from '${provider}': nobody is registered`;
    expect(told(done, 'Stalled')).toBe(`True AuthenticationFailed: ${message}`);
    expect(told(done, 'FetchFailed')).toBe(`True Unknown: unknown build error: ${message}`);
    expect(condition(done, 'Ready')?.status).toBe('False');
    expect(asked).toEqual([]);
  });
});

test('[HR-09 login] a cloud lends nothing for a registry that is not its own', async () => {
  const { asked, http } = cloudy(() => 'nobody');
  const { askers, identities } = lending();
  await create(
    setting.world,
    helmRepository(setting, 'elsewhere', `oci://${ECR}.evil.example/charts`, {
      type: 'oci',
      provider: 'aws',
    }),
    helmChart(setting, 'elsewhere', { chart: 'app' }),
  );

  const done = await visitChart(setting, 'elsewhere', { ports: { http, identities } });

  expect(told(done, 'Stalled')).toBe(
    `True AuthenticationFailed: failed to get credential from 'aws': invalid AWS registry: '${ECR}.evil.example'`,
  );
  expect([asked, askers]).toEqual([[], []]);
});
