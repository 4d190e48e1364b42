import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Finding } from '../../infra/cli/doctor/finding.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { kubeconfigSecret } from '../../shared/adapters/kubernetes/registry.ts';
import { announceRunning } from '../../shared/adapters/local/running.ts';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig } from '../../shared/runtime/config.ts';
import { openLocal } from '../../shared/runtime/local.ts';
import type { Session } from '../features/cli/recorded-world.ts';
import { BINDINGS, CLAIM, DEFINITIONS, fluxDeployment, personOf, useCliCluster } from './cli-session.ts';
import { openStoredState } from './cli-state.ts';

const setting = useCliCluster();
const DEPLOYMENT = '/apis/apps/v1/namespaces/flux-system/deployments/helm-controller';
const CRD = `${DEFINITIONS}/buckets.source.toolkit.fluxcd.io`;
let person: Session;

beforeEach(async () => {
  person = personOf(setting.cluster);
  await person.sluice('cluster', 'add', 'prod', '--yes');
});
afterEach(() => setting.cluster.api.send('DELETE', DEPLOYMENT));

/** What the doctor says, and its exit code. */
async function examined(...flags: string[]): Promise<{ code: number; findings: readonly Finding[] }> {
  const { code, out } = await person.sluice('doctor', '-o', 'json', ...flags);
  return { code, findings: JSON.parse(out) };
}
const problemsOf = ({ findings }: { findings: readonly Finding[] }) =>
  findings
    .filter(({ level }) => level === 'problem')
    .map(({ where, what, todo }) => `${where}: ${what} -> ${todo}`);

/** The local runtime on the session's state; `work` false: its workers do nothing. */
async function running(work: boolean) {
  const env = { SLUICE_ARTIFACT_PORT: '0', SLUICE_WEBHOOK_PORT: '0' };
  const config = readLocalConfig(env, person.cwd, false);
  const quiet = announceRunning(config.stateDirectory);
  const runtime = await openLocal(config, createCollectingLog());
  const over = new AbortController();
  const run = work ? runtime.run(over.signal) : Promise.resolve();
  onTestFinished(async () => {
    over.abort();
    await run;
    await runtime.close();
    quiet();
  });
  return runtime;
}

describe('sluice doctor', () => {
  test('finds nothing wrong where everything works, delivers a webhook, and leaves nothing behind', async () => {
    const runtime = await running(true);

    const { code, findings } = await examined('--webhook-url', runtime.webhook.url);

    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    const said = findings.map(({ where, what }) => `${where}: ${what}`).join('\n');
    expect(said).toMatch(
      /webhooks: a signed delivery to \S+ was answered in \d+ ms and handled \d+ ms after it was received/,
    );
    expect(said).toContain('cluster prod: has the rights that it needs');
    expect(said).toMatch(/cluster prod: its certificate is trusted and ends on \d{4}-\d\d-\d\d/);
    const { store } = await openStoredState(person);
    for (const prefix of ['hooks/', 'probes/'])
      for await (const { key } of store.list(prefix)) expect(key).toBe('nothing');
  });

  test('tells a webhook server that answers from a worker that does not work', async () => {
    const runtime = await running(false);
    const working = examined('--webhook-url', runtime.webhook.url);
    expect(problemsOf(await working)).toEqual([expect.stringContaining('but not handled within 10 s')]);

    const elsewhere = await examined('--webhook-url', runtime.artifacts.url);
    expect(elsewhere.code).toBe(1);
    expect(problemsOf(elsewhere)).toContainEqual(
      expect.stringMatching(
        /webhooks: \S+ answers a signed delivery with 4\d\d -> give its address with --webhook-url/,
      ),
    );
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'a claim that is gone',
      () => setting.cluster.api.send('DELETE', CLAIM),
      /cluster prod: nobody claims it.* -> "sluice cluster add prod" claims it/,
    ],
    [
      'a claim of another deployment',
      () =>
        setting.cluster.api.send(
          'PATCH',
          CLAIM,
          { data: { deployment: 'other' } },
          'application/merge-patch+json',
        ),
      /cluster prod: belongs to another deployment \(other\) -> .*"sluice cluster add prod --take"/,
    ],
    [
      'Flux itself',
      () =>
        setting.cluster.api.create(
          '/apis/apps/v1/namespaces/flux-system/deployments',
          fluxDeployment(1, 'helm-controller'),
        ),
      /cluster prod: Flux itself runs there \(flux-system\/helm-controller\), so Sluice pauses -> scale/,
    ],
    [
      'an identity that was taken away',
      () => setting.cluster.api.send('DELETE', `${BINDINGS}/sluice`),
      /cluster prod: .*-> "sluice cluster add prod" renews address and credentials/,
    ],
  ])('finds %s', async (_what, harm, said) => {
    await harm();

    const result = await examined();

    expect(result.code).toBe(1);
    expect(problemsOf(result).join('\n')).toMatch(said);
  });

  test('[COM-23 controller-identity] looks at the account that is registered for clouds', async () => {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    const flag = '--identity-service-account';
    await person.sluice('cluster', 'add', 'prod', flag, 'default/clouds', '--yes');
    const ofAccount = async () =>
      (await examined()).findings.filter(({ what }) => what.includes('registered service account'));

    expect(await ofAccount()).toMatchObject([
      { level: 'problem', what: expect.stringContaining('is not there') },
    ]);
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'clouds' } };
    await setting.cluster.api.create(accounts, account);
    onTestFinished(async () => void (await setting.cluster.api.send('DELETE', `${accounts}/clouds`)));
    expect(await ofAccount()).toMatchObject([
      { level: 'warning', what: expect.stringContaining('is nobody') },
    ]);
    const annotations = { 'azure.workload.identity/client-id': 'c', 'eks.amazonaws.com/role-arn': 'r' };
    const patch = { metadata: { annotations } };
    await setting.cluster.api.send('PATCH', `${accounts}/clouds`, patch, 'application/merge-patch+json');
    expect(await ofAccount()).toMatchObject([
      { level: 'ok', what: 'its registered service account default/clouds is somebody at AWS, Azure' },
    ]);
    await person.sluice('cluster', 'add', 'prod', '--namespaces', 'kube-public', '--yes');
    expect(await ofAccount()).toMatchObject([{ level: 'problem' }]);
    await person.sluice('cluster', 'add', 'prod', '--namespaces', '*', flag, '', '--yes');
    expect(await ofAccount()).toEqual([]);
  });

  test('names the rights that are missing', async () => {
    await person.sluice('cluster', 'add', 'prod', '--namespaces', 'default,kube-public', '--yes');
    expect(problemsOf(await examined())).toEqual([]);
    const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings';
    await setting.cluster.api.send('DELETE', `${bindings}/sluice`);

    const result = await examined();

    expect(problemsOf(result)).toEqual([
      'cluster prod: may not do everything with anything in namespace kube-public -> "sluice cluster add prod" gives Sluice its rights',
    ]);
  });

  test('finds definitions that are missing or too old', async () => {
    const { api } = setting.cluster;
    await api.send('DELETE', CRD);
    onTestFinished(async () => void (await person.sluice('install')));

    const result = await examined();

    expect(problemsOf(result)).toEqual([
      `cluster prod: of the Flux kinds' definitions missing: buckets.source.toolkit.fluxcd.io -> run "sluice install" on it`,
    ]);
  });

  test('finds messages that were given up, and a cluster that does not answer', async () => {
    const { store, secrets, clusters } = await openStoredState(person);
    const [record] = await clusters.list();
    if (!record) throw new Error('no cluster');
    const server = 'https://127.0.0.1:1';
    const config = parseKubeconfig((await secrets.get(kubeconfigSecret(record.id))) ?? '');
    await saveCluster({ store, secrets }, { ...record, server }, { ...config, server });
    const queues = openSqliteQueues({ path: join(person.cwd, '.sluice', 'queues.db'), clock, chance });
    await queues.send('dead', [{ body: '{}', group: 'a', dedupId: 'a' }]);
    queues.close();

    const problems = problemsOf(await examined());

    expect(problems).toEqual([
      expect.stringMatching(/^failed messages: 1 message given up, .* -> "sluice failed list"/),
      expect.stringMatching(/^cluster prod: .*127\.0\.0\.1:1.* -> check that https:\/\/127\.0\.0\.1:1 runs/),
    ]);
  });
});
