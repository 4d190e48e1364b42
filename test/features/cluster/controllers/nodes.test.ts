import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  conditionOf,
  openSimulatedCluster,
  type Seen,
  type SimulatedCluster,
  template,
} from './simulated.ts';

const NODE = 'core/v1/-/nodes/sluice-node';
const POD = 'core/v1/a/pods/one';

let cluster: SimulatedCluster;

beforeEach(() => {
  cluster = openSimulatedCluster();
});
afterEach(() => cluster.stop());

function createPod(spec: object = {}): void {
  cluster.create('core/v1/a/pods', { metadata: { name: 'one' }, spec: template('app:1', spec).spec });
}

function changeNode(spec: object): void {
  cluster.replace(NODE, (node: Seen) => ({ ...node, spec }));
}

test('a pod waits for a cordoned node, and runs when it is uncordoned', () => {
  changeNode({ unschedulable: true });
  createPod();
  cluster.run(1_000);
  const waiting = cluster.see(POD);
  changeNode({});
  cluster.run(1_000);

  expect(conditionOf(waiting, 'PodScheduled')).toBe('False Unschedulable');
  expect(waiting.status.phase).toBe('Pending');
  expect(conditionOf(cluster.see(POD), 'Ready')).toBe('True');
});

test('a taint keeps off what does not tolerate it', () => {
  changeNode({ taints: [{ key: 'team', value: 'a', effect: 'NoSchedule' }] });
  createPod();
  cluster.run(1_000);
  const waiting = cluster.see(POD);
  cluster.remove(POD, { gracePeriodSeconds: 0 });
  createPod({ tolerations: [{ key: 'team', operator: 'Equal', value: 'a' }] });
  cluster.run(1_000);

  expect(waiting.status.conditions[0]?.message).toContain('1 node(s) had untolerated taint(s)');
  expect(conditionOf(cluster.see(POD), 'Ready')).toBe('True');
});

test('labels of the node count as they are now', () => {
  createPod({ nodeSelector: { disk: 'fast' } });
  cluster.run(1_000);
  const waiting = cluster.see(POD);
  cluster.replace(NODE, ({ metadata, ...node }) => ({
    ...node,
    metadata: { ...metadata, labels: { ...metadata.labels, disk: 'fast' } },
  }));
  cluster.run(1_000);

  expect(conditionOf(waiting, 'PodScheduled')).toBe('False Unschedulable');
  expect(conditionOf(cluster.see(POD), 'Ready')).toBe('True');
});
