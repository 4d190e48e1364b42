import { afterEach, expect, test } from 'vitest';
import { conditionOf, openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

const PATH = 'batch/v1/a/jobs/work';
const ONCE = { restartPolicy: 'Never' };

function start(spec: object = {}): void {
  cluster.create('batch/v1/a/jobs', {
    metadata: { name: 'work' },
    spec: { template: template('app:1', ONCE), ...spec },
  });
}

test('a Job completes when its pod has run', () => {
  cluster = openSimulatedCluster({ podStart: 100, jobRun: 200 });

  start();
  cluster.run(150);
  const running = cluster.see(PATH);
  cluster.run(400);

  expect(running.status).toMatchObject({ active: 1, ready: 1, terminating: 0 });
  const { status } = cluster.see(PATH);
  expect(status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  expect(status.active).toBeUndefined();
  expect(status.conditions.map(({ type }) => type)).toEqual(['SuccessCriteriaMet', 'Complete']);
  expect(conditionOf(cluster.see(PATH), 'Complete')).toBe('True CompletionsReached');
  expect(status.completionTime).toBeDefined();
  const pod = cluster.first('core/v1/a/pods');
  expect(pod.status.phase).toBe('Succeeded');
  expect(pod.metadata.finalizers).toBeUndefined();
});

test('a Job whose pods fail is tried again up to its limit, each time after a longer pause', () => {
  cluster = openSimulatedCluster({ podStart: 10, backOff: 100 });

  start({ backoffLimit: 2, template: template('app:broken', ONCE) });
  cluster.run(100);
  const once = cluster.see(PATH).status.failed;
  cluster.run(150);
  const twice = cluster.see(PATH).status.failed;
  cluster.run(1_000);

  expect([once, twice]).toEqual([1, 2]);
  const job = cluster.see(PATH);
  expect(job.status.failed).toBe(3);
  expect(job.status.conditions.map(({ type }) => type)).toEqual(['FailureTarget', 'Failed']);
  expect(conditionOf(job, 'Failed')).toBe('True BackoffLimitExceeded');
});

test('an indexed Job runs each of its numbers once, so many at a time', () => {
  cluster = openSimulatedCluster({ podStart: 10, jobRun: 10 });

  start({ completions: 3, parallelism: 2, completionMode: 'Indexed' });
  cluster.run(10);
  const first = cluster.list('core/v1/a/pods').length;
  cluster.run(300);

  expect(first).toBe(2);
  expect(cluster.see(PATH).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2' });
});

test('a suspended Job has no pods until it goes on', () => {
  cluster = openSimulatedCluster({ podStart: 10, jobRun: 10 });

  start({ suspend: true });
  cluster.run(100);
  const suspended = cluster.see(PATH);
  const pods = cluster.list('core/v1/a/pods').length;
  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, suspend: false } }));
  cluster.run(100);

  expect(pods).toBe(0);
  expect(conditionOf(suspended, 'Suspended')).toBe('True JobSuspended');
  expect(conditionOf(cluster.see(PATH), 'Suspended')).toBe('False JobResumed');
  expect(conditionOf(cluster.see(PATH), 'Complete')).toBe('True CompletionsReached');
});

test('a Job that takes too long fails by its deadline', () => {
  cluster = openSimulatedCluster({ podStart: 10, jobRun: 60_000 });

  start({ activeDeadlineSeconds: 1 });
  cluster.run(1_500);

  expect(conditionOf(cluster.see(PATH), 'Failed')).toBe('True DeadlineExceeded');
  expect(cluster.list('core/v1/a/pods')).toEqual([]);
});

test('a Job goes some time after it has ended, with its pods', () => {
  cluster = openSimulatedCluster({ podStart: 10, jobRun: 10 });

  start({ ttlSecondsAfterFinished: 1 });
  cluster.run(200);
  const ended = cluster.see(PATH);
  cluster.run(1_500);

  expect(conditionOf(ended, 'Complete')).toBe('True CompletionsReached');
  expect(cluster.find(PATH)).toBeUndefined();
  expect(cluster.list('core/v1/a/pods')).toEqual([]);
});

test('a CronJob runs at its minutes, and keeps what its limits say', () => {
  cluster = openSimulatedCluster({ podStart: 10, jobRun: 10 });

  // The clock begins at 03:04:05.
  cluster.create('batch/v1/a/cronjobs', {
    metadata: { name: 'tick' },
    spec: {
      schedule: '*/2 * * * *',
      successfulJobsHistoryLimit: 1,
      jobTemplate: { spec: { template: template('app:1', ONCE) } },
    },
  });
  cluster.run(100);
  const early = cluster.list('batch/v1/a/jobs').length;
  cluster.pass(120_000);
  cluster.run(500);
  const job = cluster.first('batch/v1/a/jobs');
  cluster.pass(120_000);
  cluster.run(500);

  expect(early).toBe(0);
  expect(job.metadata.name).toBe(`tick-${Date.parse('2026-01-02T03:06:00Z') / 60_000}`);
  expect(cluster.list('batch/v1/a/jobs')).toHaveLength(1);
  const { status } = cluster.see('batch/v1/a/cronjobs/tick');
  expect(status.lastScheduleTime).toBe('2026-01-02T03:08:00Z');
  expect(status.lastSuccessfulTime).toMatch(/^2026-01-02T03:08:/);
  expect(status.active).toBeUndefined();
});

test('a suspended CronJob does not run', () => {
  cluster = openSimulatedCluster();

  cluster.create('batch/v1/a/cronjobs', {
    metadata: { name: 'tick' },
    spec: {
      schedule: '* * * * *',
      suspend: true,
      jobTemplate: { spec: { template: template('app:1', ONCE) } },
    },
  });
  cluster.pass(600_000);
  cluster.run(100);

  expect(cluster.list('batch/v1/a/jobs')).toEqual([]);
});
