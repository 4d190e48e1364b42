import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cosignVectors } from '../features/oci/vectors.ts';
import { chartFiles, pushChart } from '../servers/helm.ts';
import { newNotationSigner, notationSign } from '../servers/oci-programs.ts';
import { startReferrersRegistry } from '../servers/oci-server.ts';
import { secret } from './bucket.ts';
import { chartAt, digestOf, helmChart, visitChart } from './charts.ts';
import { condition, create, edit } from './drive.ts';
import { helmRepository } from './helm.ts';
import { publishSigned, useServer } from './oci.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('helm-chart-signatures');
const registry = useServer(startReferrersRegistry);
const { namespace } = setting;
const CHART = { chart: 'app', version: '1.0.0' };

/** A HelmRepository of type oci and a HelmChart of one name, visited once. */
async function started(name: string, chart: object) {
  const url = `oci://${registry.server.host}/${name}`;
  const repository = helmRepository(setting, name, url, { type: 'oci', insecure: true });
  await create(setting.world, repository, helmChart(setting, name, { ...CHART, ...chart }));
  return visitChart(setting, name);
}

test('[HC-02 keyless] without keys a chart is held against the root of the public service, and the last good one stays', async () => {
  const { host } = registry.server;
  await pushChart(chartFiles('app', '1.0.0'), `oci://${host}/keyless`);
  const good = await started('keyless', {});
  expect(told(good)).toMatch(/^True ChartPullSucceeded/);
  const at = `oci://${host}/keyless/app:1.0.0`;
  const refused = `False VerificationError: chart verification error: failed to verify ${at}: `;
  const matchOIDCIdentity = [{ issuer: '.*', subject: '.*' }];
  await edit(setting.world, chartAt(setting, 'keyless'), {
    spec: { verify: { provider: 'cosign', matchOIDCIdentity } },
  });

  const unsigned = await visitChart(setting, 'keyless');

  expect(told(unsigned, 'SourceVerified')).toBe(`${refused}no signatures found`);
  expect(unsigned.status.artifact).toEqual(good.status.artifact);

  // Signed by somebody for whom another root vouches.
  const { signed } = cosignVectors();
  for (const name of ['keyless-bundle', 'keyless-claim'] as const) {
    await publishSigned(registry, `${name}/app`, signed[name], '1.0.0');
    const strangers = await started(name, { verify: { provider: 'cosign', matchOIDCIdentity } });
    expect(told(strangers, 'SourceVerified')).toContain(`/${name}/app:1.0.0: no matching signatures: `);
    expect(condition(strangers, 'SourceVerified')?.status).toBe('False');
    expect(strangers.status.artifact).toBeUndefined();
  }
});

test("[HC-02 notation] a stranger's signature and another's name are refused, and the last good chart stays", async () => {
  const place = await mkdtemp(join(tmpdir(), 'sluice-notation-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const [ours, theirs] = [
    await newNotationSigner(await mkdtemp(join(place, 'ours-'))),
    await newNotationSigner(await mkdtemp(join(place, 'theirs-'))),
  ];
  const { host, url } = registry.server;
  for (const version of ['1.0.0', '1.1.0'])
    await pushChart(chartFiles('app', version), `oci://${host}/noted`);
  const at = async (tag: string) => `${host}/noted/app@${await digestOf(url, 'noted/app', tag)}`;
  await notationSign(await at('1.0.0'), ours);
  await notationSign(await at('1.1.0'), theirs);
  const policy = (identity: string) =>
    JSON.stringify({
      version: '1.0',
      trustPolicies: [
        {
          ...{ name: 'all', registryScopes: ['*'], signatureVerification: { level: 'strict' } },
          ...{ trustStores: ['ca:all'], trustedIdentities: [identity] },
        },
      ],
    });
  const named = (who: string) => policy(`x509.subject: C=US, ST=WA, O=Acme\\, Inc., CN=${who}`);
  const data = { 'trustpolicy.json': named('signer'), 'root.crt': String(await readFile(ours.root)) };
  await create(setting.world, secret(setting, 'noted', data));
  const verify = { provider: 'notation', secretRef: { name: 'noted' } };

  const good = await started('noted', { verify });
  expect(told(good, 'SourceVerified')).toBe('True Succeeded: verified signature of version 1.0.0');

  await edit(setting.world, chartAt(setting, 'noted'), { spec: { version: '1.1.0' } });
  const strangers = await visitChart(setting, 'noted');
  expect(told(strangers, 'SourceVerified')).toMatch(/^False VerificationError: chart verification error: /);
  expect(strangers.status.artifact).toEqual(good.status.artifact);

  await edit(setting.world, chartAt(setting, 'noted'), { spec: { version: '1.0.0' } });
  expect(told(await visitChart(setting, 'noted'), 'SourceVerified')).toMatch(/^True Succeeded/);
  const reference = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'noted' };
  await edit(setting.world, reference, { stringData: { 'trustpolicy.json': named('other') } });
  const others = await visitChart(setting, 'noted');
  expect(told(others, 'SourceVerified')).toMatch(/^False VerificationError: chart verification error: /);
  expect(others.status.artifact?.digest).toBe(good.status.artifact?.digest);
});
