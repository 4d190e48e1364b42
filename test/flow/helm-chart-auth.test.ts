import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { createAuthority } from '../servers/certificates.ts';
import { chartFiles } from '../servers/helm.ts';
import { secret } from './bucket.ts';
import { chartAt, openMuseum, startChart, visitChart } from './charts.ts';
import { create, edit, reconcile } from './drive.ts';
import { helmAt } from './helm.ts';
import { newEvents, told, useWorld } from './setting.ts';

const setting = useWorld('helm-chart-auth');
const proofOf = (user: string, word: string): string =>
  `Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`;

test('[HR-05 pass-credentials] credentials are shown to the host of the index, and to others only when the spec says so', async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await openMuseum([chartFiles('app', '1.0.0')], {
    allows: ({ headers }) => {
      seen.push(headers.authorization);
      return true;
    },
  });
  const proof = proofOf('ada', 'secret-word');
  const museum = await openMuseum([chartFiles('app', '0.9.0')], {
    allows: ({ headers }) => headers.authorization === proof,
  });
  await create(setting.world, secret(setting, 'pair', { username: 'ada', password: 'secret-word' }));
  const secretRef = { name: 'pair' };
  const done = await startChart(setting, 'own', museum.url, { chart: 'app' }, { secretRef });
  expect(told(done)).toMatch(/^True ChartPullSucceeded/);

  const versions = [versionYaml('app', '1.0.0', [`urls: ["${elsewhere.url}/app-1.0.0.tgz"]`])];
  museum.files.set('/index.yaml', Buffer.from(indexYaml({ app: versions })));
  await reconcile(setting.world, helmAt(setting, 'own'));
  expect((await visitChart(setting, 'own')).status.artifact?.revision).toBe('1.0.0');
  expect(seen).toEqual([undefined]);

  await edit(setting.world, helmAt(setting, 'own'), { spec: { passCredentials: true } });
  await edit(setting.world, chartAt(setting, 'own'), { spec: { interval: '20m' } });
  await visitChart(setting, 'own');
  expect(seen).toEqual([undefined, proof]);
});

test('[HC-13 authentication] TLS of the HelmRepository holds for its charts; without its CA nobody is trusted', async () => {
  const { ca, server, client } = await createAuthority();
  const tls = { key: server.key, cert: server.certificate, ca, requestCert: true, rejectUnauthorized: false };
  const museum = await openMuseum([chartFiles('app', '1.0.0')], {
    tls,
    allows: ({ socket }) => (socket as TLSSocket).authorized,
  });
  const certSecretRef = { name: 'tls' };
  const data = { 'ca.crt': ca, 'tls.crt': client.certificate, 'tls.key': client.key };
  await create(setting.world, secret(setting, 'tls', data), secret(setting, 'empty', { 'ca.crt': '' }));

  const done = await startChart(setting, 'tls', museum.url, { chart: 'app' }, { certSecretRef });

  expect(told(done)).toBe("True ChartPullSucceeded: pulled 'app' chart with version '1.0.0'");

  await edit(setting.world, helmAt(setting, 'tls'), { spec: { certSecretRef: null } });
  await edit(setting.world, chartAt(setting, 'tls'), { spec: { interval: '20m' } });
  const failed = await visitChart(setting, 'tls');
  expect(told(failed, 'FetchFailed')).toMatch(
    /^True Unknown: unknown build error: failed to authenticate with the Helm repository: chart pull error: /,
  );
  expect(failed.status.artifact).toEqual(done.status.artifact);
});

test('Secrets that are not there are told by name', async () => {
  const museum = await openMuseum([chartFiles('app', '1.0.0')]);
  await startChart(setting, 'lost-secret', museum.url, { chart: 'app' });
  await newEvents(setting, chartAt(setting, 'lost-secret'));
  await edit(setting.world, helmAt(setting, 'lost-secret'), { spec: { secretRef: { name: 'none' } } });

  const failed = await visitChart(setting, 'lost-secret');

  const problem = `failed to get authentication secret '${setting.namespace}/none': secrets "none" not found`;
  expect(told(failed, 'FetchFailed')).toBe(`True Unknown: unknown build error: ${problem}`);
  expect(await newEvents(setting, chartAt(setting, 'lost-secret'))).toEqual([
    `Warning AuthenticationFailed: ${problem}`,
  ]);
});
