import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { saveCluster } from '../../../shared/adapters/kubernetes/registration.ts';
import { openDirectorySecrets } from '../../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import type { ClusterRecord } from '../../../shared/ports.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';
import { clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { sendJson, startApiStub } from '../../servers/api-stub.ts';
import { commit, createRepository } from '../../servers/bare-repository.ts';
import { startGitServer } from '../../servers/git-http.ts';
import { startNamingProxy, startNamingSocks } from '../../servers/naming-proxy.ts';
import { hasSshd, startSshServer } from '../../servers/sshd.ts';

const ID = '11111111-2222-3333-4444-555555555555';
const SERVER = 'https://api.inside.test:6443';

/** The local runtime in this environment; a cluster is registered in it if there is one. */
async function runtimeIn(env: Readonly<Record<string, string>>, registered?: ClusterRecord) {
  const config = {
    ...readLocalConfig(env, await scratchDirectory(), false),
    ...{ artifactPort: 0, webhookPort: 0, metricsPort: 0 },
  };
  if (registered !== undefined) {
    const options = { clock: systemClock, chance: systemChance };
    const store = await openDirectoryStore({ directory: config.storeDirectory, ...options });
    const secrets = await openDirectorySecrets({ directory: config.secretsDirectory, ...options });
    const { server, ca = '' } = registered;
    const login = { server, ca, tlsServerName: 'localhost', credentials: { token: 'secret' } };
    await saveCluster({ store, secrets }, registered, login);
    store.close();
  }
  const runtime = await openLocal(config, createCollectingLog());
  onTestFinished(() => runtime.close());
  return runtime;
}

async function repository(): Promise<{ readonly root: string; readonly head: string }> {
  const root = mkdtempSync(join(tmpdir(), 'proxied-git-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return { root, head: await commit(await createRepository(root, 'app'), { a: '1' }, 'first') };
}

test('[COM-22 environment] Git over HTTP goes through HTTP_PROXY', async () => {
  const { root, head } = await repository();
  const server = await startGitServer(root);
  const proxy = await startNamingProxy({ 'git.inside.test:80': Number(new URL(server.url).port) });
  onTestFinished(async () => {
    proxy.stop();
    await server.stop();
  });
  const { ports } = await runtimeIn({ HTTP_PROXY: proxy.url });
  const address = { url: 'http://git.inside.test/app.git', auth: {} };

  const refs = await ports.git.open(address, AbortSignal.timeout(20_000)).lsRefs(['refs/heads/']);

  expect(refs.map(({ id }) => id)).toEqual([head]);
  expect(proxy.asked).toContain('POST http://git.inside.test/app.git/git-upload-pack');
});

test.runIf(hasSshd())('[COM-22 environment] Git over SSH goes through ALL_PROXY', async () => {
  const { root, head } = await repository();
  const server = await startSshServer(root);
  const proxy = await startNamingSocks({ 'ssh.inside.test:22': server.port });
  onTestFinished(async () => {
    proxy.stop();
    await server.stop();
  });
  const { ports } = await runtimeIn({ all_proxy: proxy.url.replace('socks5:', 'socks5h:') });
  const { username, pathname } = new URL(server.url);
  const knownHosts = server.knownHosts.replaceAll(`[127.0.0.1]:${server.port}`, 'ssh.inside.test');
  const address = {
    url: `ssh://${username}@ssh.inside.test${pathname}/app.git`,
    auth: { identity: server.identity, knownHosts },
  };

  const refs = await ports.git.open(address, AbortSignal.timeout(20_000)).lsRefs(['refs/heads/']);

  expect(refs.map(({ id }) => id)).toEqual([head]);
  expect(proxy.asked).toEqual(['SOCKS ssh.inside.test:22']);
  const metadata = { ...address, url: 'ssh://git@169.254.169.254/app.git' };
  await faultOf(ports.git.open(metadata, AbortSignal.timeout(20_000)).lsRefs(['']), 'egress-denied');
});

test('[COM-22 environment] clusters, registered ones and those of tenants, go through HTTPS_PROXY', async () => {
  await using stub = await startApiStub((_, response) =>
    sendJson(response, 200, {
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: ID } },
      gitVersion: 'v1.36.3',
    }),
  );
  const proxy = await startNamingProxy({ 'api.inside.test:6443': Number(new URL(stub.server).port) });
  onTestFinished(proxy.stop);
  const { ports } = await runtimeIn(
    { HTTPS_PROXY: proxy.url },
    clusterRecord({ id: ID, server: SERVER, ca: stub.ca }),
  );

  const { cluster } = await ports.clusters.open(ID);

  expect((await cluster.facts()).uid).toBe(ID);
  const asked = proxy.asked.length;
  expect(asked).toBeGreaterThan(0);
  const kubeconfig = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 'theirs' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          ...{ server: SERVER, 'tls-server-name': 'localhost' },
          'certificate-authority-data': Buffer.from(stub.ca).toString('base64'),
        },
      },
    ],
  });
  const target = ports.clusters.reach({ profile: 'lockdown', insecureTls: false, kubeconfig });
  expect((await target.facts()).uid).toBe(ID);
  expect(proxy.asked.slice(asked)).toContain('CONNECT api.inside.test:6443');
  expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT api.inside.test:6443']));
});

test('[COM-22 no-proxy] a registered cluster may be left out', async () => {
  await using stub = await startApiStub((_, response) =>
    sendJson(response, 200, {
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: ID } },
      gitVersion: 'v1.36.3',
    }),
  );
  const proxy = await startNamingProxy({});
  onTestFinished(proxy.stop);
  const { ports } = await runtimeIn(
    { HTTPS_PROXY: proxy.url },
    clusterRecord({ id: ID, server: stub.server, ca: stub.ca }),
  );

  const { cluster } = await ports.clusters.open(ID);

  expect((await cluster.facts()).uid).toBe(ID);
  expect(proxy.asked).toEqual([]);
});
