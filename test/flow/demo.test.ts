import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Api, connect } from '../control-plane/api.ts';
import { startControlPlane } from '../control-plane/start.ts';

const MAIN = join(import.meta.dirname, '../../infra/local/demo/main.ts');
/** The story takes half a minute on a quiet machine; cleaning up a cluster some seconds more. */
const STORY_MS = 240_000;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Step {
  readonly title: string;
  readonly milliseconds: number;
  readonly marks: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface Report {
  readonly ok: boolean;
  readonly cluster: { readonly kind: string; readonly own: boolean; readonly version: string };
  readonly steps: readonly Step[];
  readonly failure?: { readonly message: string };
}

function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 24 };
    execFile(process.execPath, [MAIN, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** The report of a run that did all it should. */
async function story(args: readonly string[]): Promise<Report> {
  const { code, out, err } = await demo(['--json', ...args]);
  const report = JSON.parse(out) as Report;
  expect({ code, err, failure: report.failure }).toEqual({ code: 0, err: '', failure: undefined });
  return report;
}

describe.concurrent('the demo', () => {
  test.each([
    { flags: [], kind: 'embedded', version: /^v1\.\d+\.\d+\+sluice-embedded$/ },
    { flags: ['--control-plane'], kind: 'control-plane', version: /^v1\.\d+\.\d+$/ },
  ])('tells the whole story: $kind', { timeout: STORY_MS }, async ({ flags, kind, version }) => {
    const { ok, cluster, steps } = await story(flags);

    expect(ok).toBe(true);
    expect(cluster).toMatchObject({ kind, own: true, version: expect.stringMatching(version) });
    expect(steps.map(({ title }) => title)).toEqual([
      'Everything is started',
      'First sync: infrastructure, then apps',
      'A new release',
      'Somebody edits the live object',
      'A file is removed',
      'A commit with broken YAML',
      'A release that never becomes healthy',
      'The fix',
    ]);
    checkReleases(steps);
    checkDrift(steps);
    checkTrouble(steps);
  });

  test('leaves somebody’s cluster as it was, and one of another deployment alone', {
    timeout: STORY_MS,
  }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-demo-test-'));
    const controlPlane = await startControlPlane({ dir });
    const api = connect(controlPlane);
    try {
      const flags = ['--kubeconfig', controlPlane.kubeconfigPath];

      const { cluster } = await story(flags);

      expect(cluster.own).toBe(false);
      expect(await namesOf(api)).toEqual([]);
      await claimForAnother(api);
      const claimed = await namesOf(api);

      const { code, out } = await demo(['--json', ...flags]);

      expect(code).toBe(1);
      expect(JSON.parse(out)).toMatchObject({
        ok: false,
        failure: { step: 1, message: expect.stringContaining('another deployment of Sluice (another)') },
      });
      expect(await namesOf(api)).toEqual(claimed);
    } finally {
      api.close();
      await controlPlane.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('says in one line how to get a control plane', async () => {
    const { code, out, err } = await demo(['--control-plane'], {
      ...{ XDG_CACHE_HOME: '/nonexistent', KUBEBUILDER_ASSETS: '' },
    });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^.*npm run control-plane.*\n$/);
  });

  test('says in its first line what it plays on, and how long everything took in its last', {
    timeout: STORY_MS,
  }, async () => {
    const { code, out } = await demo([], { PATH: '/nonexistent', KUBECONFIG: '/nonexistent' });

    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^Sluice on the embedded cluster: .*simulated and no container runs$/);
    expect(out).toContain('F fetched   S stored   A applied   H healthy\n\nAll in ');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what must not be there
    expect(out).not.toMatch(/\x1b/);
  });

  test('knows its flags', async () => {
    const { code, out, err } = await demo(['--kubecofig', 'x']);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--kubecofig');
  });
});

function checkReleases(steps: readonly Step[]): void {
  const first = stepOf(steps, 2);
  expect(first.facts).toMatchObject({
    inventory: ['sluice-demo-apps_banner__ConfigMap', 'sluice-demo-apps_web_apps_Deployment'],
    workload: { image: 'registry.k8s.io/pause:3.9', replicas: 2, available: 2 },
  });
  const applied = first.marks.applied ?? 0;
  expect(first.facts.infrastructureReady).toBeLessThan(applied);
  for (const step of [stepOf(steps, 3), stepOf(steps, 8)]) {
    const { fetched = 0, stored = 0, applied = 0, healthy = 0 } = step.marks;
    expect([0, fetched, stored, applied, healthy]).toEqual(
      [0, fetched, stored, applied, healthy].toSorted((a, b) => a - b),
    );
    expect(step.facts).toMatchObject({
      ready: `Applied revision: ${step.facts.revision}`,
      revision: expect.stringMatching(/^main@sha1:[0-9a-f]{40}$/),
      workload: { image: 'registry.k8s.io/pause:3.10', replicas: 3, updated: 3, available: 3 },
    });
  }
}

function checkDrift(steps: readonly Step[]): void {
  expect(stepOf(steps, 4).facts).toMatchObject({
    edited: { replicas: 1 },
    reverted: { replicas: 3 },
    event: {
      type: 'Normal',
      reason: 'Progressing',
      message: 'Deployment/sluice-demo-apps/web configured',
    },
  });
  expect(stepOf(steps, 5).facts).toMatchObject({
    gone: true,
    event: {
      type: 'Normal',
      reason: 'Progressing',
      message: 'ConfigMap/sluice-demo-apps/banner deleted',
    },
  });
}

function checkTrouble(steps: readonly Step[]): void {
  const yaml = stepOf(steps, 6);
  const unhealthy = stepOf(steps, 7);
  const line = 14;
  const broken = new RegExp(`web\\.yaml.*line ${line}:`);
  expect(yaml.facts).toMatchObject({
    line,
    condition: {
      type: 'Ready',
      status: 'False',
      reason: 'BuildFailed',
      message: expect.stringMatching(broken),
    },
    event: { type: 'Warning', reason: 'BuildFailed', message: expect.stringMatching(broken) },
  });
  expect(yaml.facts.after).toEqual(yaml.facts.before);
  expect(yaml.facts.after).toMatchObject({ image: 'registry.k8s.io/pause:3.10', available: 3 });

  const reason = 'HealthCheckFailed';
  const stalled = expect.stringMatching(
    /^health check failed after [\d.]+m?s: failed early due to stalled resources: \[Deployment\/sluice-demo-apps\/web status: 'Failed'\]$/,
  );
  const { before } = unhealthy.facts as { before: { uid: string } };
  expect(unhealthy.facts).toMatchObject({
    condition: { type: 'Ready', status: 'False', reason, message: stalled },
    event: { type: 'Warning', reason, message: stalled },
    after: { uid: before.uid, image: 'registry.k8s.io/pause:broken', available: 3 },
  });
}

function stepOf(steps: readonly Step[], number: number): Step {
  const step = steps[number - 1];
  if (step === undefined) throw new Error(`the demo has no step ${number}`);
  return step;
}

/** What a cluster has of ours, by name; a young cluster still makes things of its own. */
async function namesOf(api: Api): Promise<readonly string[]> {
  const paths = [
    '/api/v1/namespaces',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    '/api/v1/configmaps',
    '/api/v1/serviceaccounts',
  ];
  const lists = await Promise.all(
    paths.map(async (path) => {
      const list = await api.get<{ items: { metadata: { name: string; namespace?: string } }[] }>(path);
      return (list?.items ?? []).map(
        ({ metadata: { name, namespace = '' } }) => `${path} ${namespace} ${name}`,
      );
    }),
  );
  return lists
    .flat()
    .filter((name) => /sluice|flux/.test(name))
    .sort();
}

async function claimForAnother(api: Api): Promise<void> {
  await api.create('/api/v1/namespaces', { metadata: { name: 'flux-system' } });
  await api.create('/api/v1/namespaces/flux-system/configmaps', {
    metadata: { name: 'sluice-owner' },
    data: { deployment: 'another', cluster: 'x', owns: 'all' },
  });
}
