import { afterEach, expect, test } from 'vitest';
import { openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

const EVENTS = 'core/v1/a/events';
const HOUR_MS = 60 * 60 * 1_000;

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

interface Told {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly type: string;
  readonly source: { readonly component: string; readonly host?: string };
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly fieldPath?: string };
}

function told(kind: string): Told[] {
  const events = cluster.list(EVENTS) as unknown as Told[];
  return events.filter(({ involvedObject }) => involvedObject.kind === kind);
}

function deploy(replicas: number): void {
  cluster.create('apps/v1/a/deployments', {
    metadata: { name: 'app' },
    spec: { replicas, selector: { matchLabels: { app: 'app' } }, template: template() },
  });
}

test('a Deployment, its ReplicaSet and its pod tell what happens, as the real controllers do', () => {
  cluster = openSimulatedCluster();

  deploy(1);
  cluster.run(1_000);

  const set = cluster.first('apps/v1/a/replicasets').metadata.name;
  const pod = cluster.first('core/v1/a/pods').metadata.name;
  expect(told('Deployment').map(({ message }) => message)).toEqual([
    `Scaled up replica set ${set} from 0 to 1`,
  ]);
  expect(told('ReplicaSet').map(({ message }) => message)).toEqual([`Created pod: ${pod}`]);
  expect(told('Pod').map(({ reason, source }) => [reason, source.component, source.host])).toEqual([
    ['Scheduled', 'default-scheduler', undefined],
    ['Pulled', 'kubelet', 'sluice-node'],
    ['Created', 'kubelet', 'sluice-node'],
    ['Started', 'kubelet', 'sluice-node'],
  ]);
  expect(told('Pod')[3]?.involvedObject.fieldPath).toBe('spec.containers{main}');
});

test('a Job tells of its pods and of its end', () => {
  cluster = openSimulatedCluster();

  const job = { template: template('job:1', { restartPolicy: 'Never' }) };
  cluster.create('batch/v1/a/jobs', { metadata: { name: 'once' }, spec: job });
  cluster.run(2_000);

  expect(told('Job').map(({ reason }) => reason)).toEqual(['SuccessfulCreate', 'Completed']);
});

test('what happens again is counted', () => {
  cluster = openSimulatedCluster({ podStart: 10, backOff: 10, longestBackOff: 10 });

  cluster.create('core/v1/a/pods', { metadata: { name: 'p' }, spec: template('app:broken').spec });
  cluster.run(200);

  const backOff = told('Pod').filter(({ reason }) => reason === 'BackOff');
  expect(backOff).toHaveLength(1);
  expect(backOff[0]?.type).toBe('Warning');
  expect(backOff[0]?.count).toBeGreaterThan(3);
  expect(backOff[0]?.message).toMatch(/^Back-off restarting failed container main in pod p_a\([0-9a-f-]+\)$/);
});

test('Events go an hour after they were last seen, whoever wrote them', () => {
  cluster = openSimulatedCluster();
  deploy(1);
  cluster.run(1_000);
  const involvedObject = { kind: 'Pod', namespace: 'a', name: 'p' };
  cluster.create(EVENTS, { metadata: { name: 'own' }, involvedObject, reason: 'Own', message: 'x' });

  cluster.pass(HOUR_MS - 10_000);
  const before = cluster.list(EVENTS).length;
  cluster.pass(20_000);
  cluster.run(10);

  expect(before).toBe(7);
  expect(cluster.list(EVENTS)).toEqual([]);
});

test('nothing is told into a namespace that goes', () => {
  cluster = openSimulatedCluster();
  deploy(1);
  cluster.run(1_000);

  cluster.remove('core/v1/-/namespaces/a');
  cluster.run(2_000);

  expect(cluster.find('core/v1/-/namespaces/a')).toBeUndefined();
  expect(cluster.list(EVENTS)).toEqual([]);
});

test('without events nothing is told', () => {
  cluster = openSimulatedCluster({}, { events: false });

  deploy(1);
  cluster.run(1_000);

  expect(cluster.list(EVENTS)).toEqual([]);
});
