import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chartFiles, packCharts, pushChart } from '../servers/helm.ts';
import { newNotationSigner, notationSign } from '../servers/oci-programs.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { REGISTRY_USER, startReferrersRegistry, startRegistry } from '../servers/oci-server.ts';
import { signWithKey } from '../servers/oci-sign.ts';
import { secret } from './bucket.ts';
import {
  chartAt,
  digestOf,
  filesIn,
  helmChart,
  type ReconciledChart,
  storedChart,
  visitChart,
} from './charts.ts';
import { condition, create, edit } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import { dockerConfig, lines, useServer, watchedHttp } from './oci.ts';
import { ahead, newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('helm-chart-oci');
const registry = useServer(() => startRegistry());
const referrers = useServer(startReferrersRegistry);
const guarded = useServer(() => startRegistry({ basic: true }));
const { namespace } = setting;

/** A HelmRepository of type oci and a HelmChart of one name. */
async function startAt(
  name: string,
  host: string,
  chart: object,
  repository: object = {},
): Promise<ReconciledChart> {
  const type = { type: 'oci', insecure: true, ...repository };
  await create(
    setting.world,
    helmRepository(setting, name, `oci://${host}/${name}`, type),
    helmChart(setting, name, chart),
  );
  return visitChart(setting, name);
}

describe('a chart of a registry', () => {
  test('[HC-04 exact] [HR-12 charts] [HR-09 oci-type] of one version is pulled without a list of tags', async () => {
    await pushChart(chartFiles('app', '1.2.0'), `oci://${registry.server.host}/exact`);
    const { http, asked } = watchedHttp(setting);
    await create(
      setting.world,
      helmRepository(setting, 'exact', `oci://${registry.server.host}/exact/`, {
        type: 'oci',
        insecure: true,
      }),
      helmChart(setting, 'exact', { chart: 'app', version: '1.2.0' }),
    );

    const done = await visitChart(setting, 'exact', { ports: { http } });

    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.2.0'");
    expect(done.status.artifact).toMatchObject({
      revision: '1.2.0',
      path: `helmchart/${namespace}/exact/app-1.2.0.tgz`,
    });
    expect(done.status).not.toHaveProperty('observedSourceArtifactRevision');
    expect(filesIn(await storedChart(setting, done))['app/Chart.yaml']).toContain('version: 1.2.0');
    const paths = lines(asked).filter((line) => line !== 'GET /v2/');
    expect(paths[0]).toBe('GET /v2/exact/app/manifests/1.2.0');
    expect(paths.filter((line) => line.includes('/tags/'))).toEqual([]);

    asked.length = 0;
    await visitChart(setting, 'exact', { ports: { http } });
    expect(lines(asked)).toEqual([]);
  });

  test('[HC-04 range] [HC-04 plus] of a range is the newest of the tags, which have _ where versions have +', async () => {
    const to = `oci://${registry.server.host}/ranges`;
    for (const version of ['1.0.0', '1.1.0+build.5', '2.0.0', '2.1.0-rc.1'])
      await pushChart(chartFiles('app', version), to);
    const picked: string[] = [];
    const done = await startAt('ranges', registry.server.host, { chart: 'app', version: '1.x' });
    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.1.0+build.5'");
    expect(filesIn(await storedChart(setting, done))['app/Chart.yaml']).toContain('version: 1.1.0+build.5');
    for (const version of ['*', '1.0.0', '>=2.0.0-0', '1.1.0+build.5']) {
      await edit(setting.world, chartAt(setting, 'ranges'), { spec: { version } });
      picked.push((await visitChart(setting, 'ranges')).status.artifact?.revision ?? '');
    }
    expect(picked).toEqual(['2.0.0', '1.0.0', '2.1.0-rc.1', '1.1.0+build.5']);
  });

  test('in a folder of the registry is named with its folder, and kept while its version is', async () => {
    await pushChart(chartFiles('app', '1.0.0'), `oci://${registry.server.host}/folders/team`);
    const done = await startAt('folders', registry.server.host, { chart: 'team/app', version: '1.x' });

    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'team/app' chart with version '1.0.0'");
    expect(done.status.artifact?.path).toBe(`helmchart/${namespace}/folders/team/app-1.0.0.tgz`);
    const same = await visitChart(setting, 'folders');
    expect(same.metadata.resourceVersion).toBe(done.metadata.resourceVersion);
  });

  test('that is not there is tried again, and told with what was asked for', async () => {
    await pushChart(chartFiles('app', '1.0.0'), `oci://${registry.server.host}/absent`);
    const url = `oci://${registry.server.host}/absent`;
    const done = await startAt('absent', registry.server.host, { chart: 'app', version: '9.0.0' });
    expect(told(done)).toContain(
      `False ChartPullError: chart pull error: failed to download chart for remote reference: failed to get '${url}/app:9.0.0': `,
    );
    expect(condition(done, 'Stalled')).toBeUndefined();
    const looked =
      'False ChartPullError: chart pull error: failed to get chart version for remote reference: ';
    await edit(setting.world, chartAt(setting, 'absent'), { spec: { version: '>=9' } });
    expect(told(await visitChart(setting, 'absent'))).toBe(
      `${looked}could not locate a version matching provided version string >=9`,
    );
    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: 'none' } });
    expect(told(await visitChart(setting, 'absent'))).toContain(
      `${looked}could not get tags for "none": could not fetch tags for "${url}/none": `,
    );
    const layer = { mediaType: FLUX.content, body: Buffer.from('no chart') };
    await pushArtifact({ url: registry.server.url, repository: 'absent/app' }, '3.0.0', [layer]);
    await edit(setting.world, chartAt(setting, 'absent'), { spec: { chart: 'app', version: '3.0.0' } });
    expect(told(await visitChart(setting, 'absent'))).toContain(
      'manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    );
  });

  test('[HC-13 authentication] is pulled as whom the Secret names, in either form', async () => {
    const { username, password } = REGISTRY_USER;
    const auths = { [guarded.server.host]: { username, password } };
    await create(
      setting.world,
      secret(setting, 'pair', { username, password }),
      secret(setting, 'half', { username, password: '' }),
      dockerConfig(setting, 'config', auths),
      dockerConfig(setting, 'other', { 'ghcr.io': { username, password } }),
    );
    const failed = await startAt('guarded', guarded.server.host, { chart: 'app', version: '1.0.0' });
    expect(told(failed)).toMatch(
      /^False Unknown: unknown build error: failed to authenticate with the Helm repository: chart pull error: /,
    );
    const layer = {
      mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
      body: await chartBytes(),
    };
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const to = { url: guarded.server.url, repository: 'guarded/app', authorization };
    await pushArtifact(to, '1.0.0', [layer]);
    const as = async (name: string): Promise<string> => {
      await edit(setting.world, helmAt(setting, 'guarded'), { spec: { secretRef: { name } } });
      await edit(setting.world, chartAt(setting, 'guarded'), { spec: { interval: `${name.length}h` } });
      return told(await visitChart(setting, 'guarded'));
    };

    expect(await as('pair')).toMatch(/^True ChartPullSucceeded/);
    expect(await as('config')).toMatch(/^True ChartPullSucceeded/);
    expect(await as('other')).toBe(
      `False Unknown: unknown build error: failed to configure OCI registry authentication: no auth config for '${guarded.server.host}' in the docker-registry Secret 'other'`,
    );
    expect(await as('half')).toContain(
      "invalid 'half' secret data: required fields 'username' and 'password'",
    );
  });

  test('[HC-12 reference] behind a URL that is none of a registry stalls', async () => {
    await create(
      setting.world,
      helmRepository(setting, 'http', 'http://127.0.0.1:1/charts', { type: 'oci' }),
      helmChart(setting, 'http', { chart: 'app' }),
    );
    const failed = await visitChart(setting, 'http');
    const message = 'failed to construct Helm client: invalid OCI registry URL: http://127.0.0.1:1/charts/';
    expect(told(failed, 'Stalled')).toBe(`True Failed: ${message}`);
    expect(told(failed, 'FetchFailed')).toBe(`True Unknown: unknown build error: ${message}`);
    expect(failed.status.observedGeneration).toBe(1);

    await edit(setting.world, helmAt(setting, 'http'), { spec: { url: 'oci://127.0.0.1:1/charts:1.0.0' } });
    await edit(setting.world, chartAt(setting, 'http'), { spec: { interval: '11m' } });
    const tagged = await visitChart(setting, 'http');
    expect(told(tagged, 'Stalled')).toMatch(
      /^True URLInvalid: invalid Helm repository URL: URL must not contain a tag/,
    );
  });
});

async function chartBytes(): Promise<Uint8Array> {
  const { packed } = await packCharts([chartFiles('app', '1.0.0')]);
  return packed[0]?.body ?? new Uint8Array();
}

describe('signatures', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const signedBy = { provider: 'cosign', secretRef: { name: 'cosign' } };

  test('[HC-02 cosign] [HC-02 each-run] [HC-12 verification] are held against the keys of the Secret on every run', async () => {
    const { host, url } = registry.server;
    await pushChart(chartFiles('app', '1.0.0'), `oci://${host}/signed`);
    const to = { url, repository: 'signed/app' };
    await signWithKey(to, await digestOf(url, 'signed/app', '1.0.0'), keys.privateKey);
    await create(setting.world, secret(setting, 'cosign', { 'cosign.pub': publicKey }));

    const done = await startAt('signed', host, { chart: 'app', version: '1.0.0', verify: signedBy });

    expect(told(done, 'SourceVerified')).toBe('True Succeeded: verified signature of version 1.0.0');
    expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.0.0'");
    await newEvents(setting, chartAt(setting, 'signed'));

    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const pem = other.export({ type: 'spki', format: 'pem' }).toString();
    const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'cosign' };
    await edit(setting.world, reference, { stringData: { 'cosign.pub': pem } });
    const refused = await visitChart(setting, 'signed');
    const at = `oci://${host}/signed/app:1.0.0`;
    expect(told(refused)).toMatch(/^False VerificationError: chart verification error: /);
    expect(told(refused)).toContain(`failed to verify ${at}: no matching signatures`);
    expect(told(refused, 'SourceVerified')).toBe(told(refused));
    expect(told(refused, 'BuildFailed')).toMatch(/^True ChartVerificationError: chart verification error: /);
    expect(refused.status.artifact).toEqual(done.status.artifact);
    expect(await newEvents(setting, chartAt(setting, 'signed'))).toEqual([
      expect.stringMatching(/^Warning ChartVerificationError: chart verification error: /),
    ]);

    await edit(setting.world, reference, { data: null, stringData: { 'notes.txt': 'no key' } });
    const keyless = await visitChart(setting, 'signed');
    const problem = `failed to verify the signature using provider 'cosign': no public keys found in secret '${namespace}/cosign'`;
    expect(told(keyless, 'SourceVerified')).toBe(`False VerificationError: ${problem}`);
    expect(told(keyless, 'FetchFailed')).toBe(`True Unknown: unknown build error: ${problem}`);
    expect(condition(keyless, 'BuildFailed')).toBeUndefined();

    await edit(setting.world, reference, { stringData: { 'cosign.pub': publicKey } });
    expect(told(await visitChart(setting, 'signed'))).toMatch(/^True ChartPullSucceeded/);
    await edit(setting.world, chartAt(setting, 'signed'), { spec: { verify: null } });
    const free = await visitChart(setting, 'signed');
    expect(condition(free, 'SourceVerified')).toBeUndefined();
    expect(told(free)).toMatch(/^True ChartPullSucceeded/);
  });

  test('[HC-02 notation] of Notation are held against policy and certificates; an expired one is refused', async () => {
    const place = await mkdtemp(join(tmpdir(), 'sluice-notation-'));
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    const signer = await newNotationSigner(place);
    const { host, url } = referrers.server;
    for (const version of ['1.0.0', '1.1.0', '1.2.0'])
      await pushChart(chartFiles('app', version), `oci://${host}/noted`);
    const at = async (tag: string): Promise<string> =>
      `${host}/noted/app@${await digestOf(url, 'noted/app', tag)}`;
    await notationSign(await at('1.0.0'), signer);
    await notationSign(await at('1.2.0'), signer, { expiry: '1m' });
    const policy = {
      version: '1.0',
      trustPolicies: [
        {
          ...{ name: 'all', registryScopes: ['*'], signatureVerification: { level: 'strict' } },
          ...{ trustStores: ['ca:all'], trustedIdentities: ['*'] },
        },
      ],
    };
    const data = {
      'trustpolicy.json': JSON.stringify(policy),
      'root.crt': String(await readFile(signer.root)),
    };
    await create(setting.world, secret(setting, 'notation', data));
    const verify = { provider: 'notation', secretRef: { name: 'notation' } };

    const done = await startAt('noted', host, { chart: 'app', version: '1.0.0', verify });

    expect(told(done, 'SourceVerified')).toBe('True Succeeded: verified signature of version 1.0.0');
    await edit(setting.world, chartAt(setting, 'noted'), { spec: { version: '1.1.0' } });
    const unsigned = await visitChart(setting, 'noted');
    expect(told(unsigned)).toContain(
      `failed to verify oci://${host}/noted/app:1.1.0: no signature is associated`,
    );
    expect(unsigned.status.artifact).toEqual(done.status.artifact);
    await edit(setting.world, chartAt(setting, 'noted'), { spec: { version: '1.2.0' } });
    const later = { ports: { clock: ahead(3_600_000) } };
    expect(told(await visitChart(setting, 'noted', later))).toMatch(/^False VerificationError: .*expired/);
  });
});
