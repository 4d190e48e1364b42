import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig } from '../../shared/runtime/config.ts';
import { openLocal } from '../../shared/runtime/local.ts';
import { openSession, type Session } from '../features/cli/recorded-world.ts';
import { commit } from '../servers/bare-repository.ts';
import { startGitHost } from '../servers/git-host.ts';
import { until } from './api.ts';
import { useCliCluster } from './cli-session.ts';

const setting = useCliCluster();
const SYNC = '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system';
const RECEIVER = '/apis/notification.toolkit.fluxcd.io/v1/namespaces/flux-system/receivers/flux-system';

/** The local runtime on a session's state. */
async function running({ cwd }: Session) {
  const env = { SLUICE_ARTIFACT_PORT: '0', SLUICE_WEBHOOK_PORT: '0' };
  const runtime = await openLocal(readLocalConfig(env, cwd, false), createCollectingLog());
  const over = new AbortController();
  const run = runtime.run(over.signal);
  onTestFinished(async () => {
    over.abort();
    await run;
    await runtime.close();
  });
  return runtime;
}

test('what was bootstrapped is reconciled, and what the host announces is applied', async () => {
  const { api, controlPlane } = setting.cluster;
  const root = await mkdtemp(join(tmpdir(), 'sluice-git-host-'));
  const host = await startGitHost({ kind: 'github', root });
  onTestFinished(async () => {
    await host.stop();
    await rm(root, { recursive: true, force: true });
  });
  const session = openSession({
    env: { KUBECONFIG: controlPlane.kubeconfigPath, GITHUB_TOKEN: host.token },
  });
  await session.sluice('cluster', 'add', 'prod', '--yes');

  const { code } = await session.sluice(
    ...['bootstrap', 'github', '--cluster', 'prod', '--owner', 'acme', '--repository', 'fleet'],
    ...['--path', 'clusters/prod', '--hostname', host.hostname, '--ca-file', host.caFile],
    ...['--interval', '1h', '--token-auth', '--webhook-url', 'https://hooks.example.com'],
  );
  const runtime = await running(session);

  expect(code).toBe(0);
  const ready = (path: string) => async () => {
    const found = await api.get<{ status?: { conditions?: { type: string; status: string }[] } }>(path);
    return (
      found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ||
      undefined
    );
  };
  await until('the sync is ready', ready(SYNC));
  await until('the Receiver is ready', ready(RECEIVER));
  const [{ config = {} } = {}] = host.hooks as { config?: { url?: string; secret?: string } }[];
  const { pathname } = new URL(config.url ?? '');
  expect(await api.get(RECEIVER)).toMatchObject({ status: { webhookPath: pathname } });

  const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: announced, namespace: default}\n';
  await commit(host.directoryOf('acme', 'fleet'), { 'clusters/prod/announced.yaml': manifest }, 'Announce');
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const signature = `sha256=${createHmac('sha256', config.secret ?? '')
    .update(body)
    .digest('hex')}`;
  const headers = {
    'x-github-event': 'push',
    'x-hub-signature-256': signature,
    'content-type': 'application/json',
  };
  const answer = await fetch(`${runtime.webhook.url}${pathname}`, { method: 'POST', headers, body });

  expect(answer.ok).toBe(true);
  await until('what was pushed is applied', () => api.get('/api/v1/namespaces/default/configmaps/announced'));
});
