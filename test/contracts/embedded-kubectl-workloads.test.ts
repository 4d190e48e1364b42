import { beforeAll, expect, test } from 'vitest';
import { deployment, openTerminal } from './embedded-tools.ts';

const { kubectl, tryKubectl, write } = await openTerminal();

beforeAll(async () => {
  write('web.yaml', deployment('web', 'web:1', 2));
  await kubectl('apply -f web.yaml');
  await kubectl('rollout status deployment/web --timeout=20s');
});

const imageOf = () => kubectl('get deployment web -o jsonpath={.spec.template.spec.containers[0].image}');

test('a rollout is followed, undone and restarted', async () => {
  await kubectl('set image deployment/web main=web:2');
  const followed = await kubectl('rollout status deployment/web --timeout=20s');
  const history = await kubectl('rollout history deployment/web');
  const undone = await kubectl('rollout undo deployment/web');

  expect(followed).toContain('deployment "web" successfully rolled out\n');
  expect(history).toMatch(/^1 +<none>\n2 +<none>$/m);
  expect(undone).toContain('deployment.apps/web rolled back\n');
  expect(await imageOf()).toBe('web:1');
  expect(await kubectl('rollout restart deployment/web')).toBe('deployment.apps/web restarted\n');
  await kubectl('rollout status deployment/web --timeout=20s');
  expect(await kubectl('get pods -l app=web --no-headers')).toMatch(/^(web-\S+ +1\/1 +Running.*\n){2}$/);
});

test('a rollout that cannot work does not pretend to', async () => {
  await kubectl('create deployment broken --image=app:broken');
  const followed = await tryKubectl('rollout status deployment/broken --timeout=2s');
  const pods = await kubectl('get pods -l app=broken --no-headers');

  expect(followed.err).toContain('timed out waiting for the condition');
  expect(pods).toMatch(/^broken-\S+ +0\/1 +CrashLoopBackOff +\d+/);
});

test('scale changes the number of pods', async () => {
  expect(await kubectl('scale deployment/web --replicas=3')).toBe('deployment.apps/web scaled\n');
  await kubectl('wait deployment/web --for=jsonpath={.status.readyReplicas}=3 --timeout=20s');

  const wrong = await tryKubectl('scale deployment/web --current-replicas=9 --replicas=1');

  expect(wrong.err).toContain('Expected replicas to be 9, was 3');
});

test('wait waits for conditions, values and deletion', async () => {
  await kubectl('create job once --image=job:1');
  expect(await kubectl('wait job/once --for=condition=complete --timeout=20s')).toContain('condition met');
  await kubectl('wait job/once --for=jsonpath={.status.succeeded}=1 --timeout=5s');
  const gone = kubectl('wait job/once --for=delete --timeout=20s');
  await new Promise((resolve) => setTimeout(resolve, 500));
  await kubectl('delete job once --wait=false');

  // It says nothing when the deletion was faster than its start.
  expect(['job.batch/once condition met\n', '']).toContain(await gone);
  expect(await kubectl('get job once --ignore-not-found')).toBe('');
});

test('delete follows --cascade', async () => {
  for (const name of ['a', 'b', 'c']) await kubectl(`create deployment ${name} --image=x:1`);
  for (const name of ['a', 'b', 'c']) await kubectl(`rollout status deployment/${name} --timeout=20s`);
  const left = (name: string) => kubectl(`get replicasets,pods -l app=${name} -o name`);

  await kubectl('delete deployment a --cascade=orphan');
  expect(await left('a')).toMatch(/^replicaset.apps\/a-\S+\npod\/a-\S+\n$/);
  await kubectl('delete deployment b --cascade=foreground --timeout=20s');
  expect(await left('b')).toBe('');
  await kubectl('delete deployment c --cascade=background');
  await kubectl('wait pods -l app=c --for=delete --timeout=20s');
  expect(await left('c')).toBe('');
});

test('a drained node keeps its pods off until it is uncordoned', async () => {
  await kubectl('create deployment last --image=x:1');
  await kubectl('rollout status deployment/last --timeout=20s');
  const drained = await kubectl('drain sluice-node --force --timeout=30s');
  const node = await kubectl('get node sluice-node --no-headers');
  const waiting = await kubectl('get pods -l app=last --no-headers');
  await kubectl('uncordon sluice-node');

  expect(drained).toContain('node/sluice-node drained\n');
  expect(node).toMatch(/^sluice-node +Ready,SchedulingDisabled/);
  expect(waiting).toMatch(/^last-\S+ +0\/1 +Pending/);
  await kubectl('rollout status deployment/last --timeout=20s');
});

test('services lead to pods, autoscalers and budgets look at them', async () => {
  await kubectl('expose deployment/web --port=80');
  await kubectl('autoscale deployment/web --min=1 --max=5 --cpu=80%');
  await kubectl('create poddisruptionbudget keep --selector=app=web --min-available=1');
  await kubectl('wait pods -l app=web --for=condition=Ready --timeout=20s');

  const service = await kubectl('describe service web');

  expect(service).toMatch(/^Endpoints: +10\.244\.\d+\.\d+:80/m);
  expect(await kubectl('get hpa --no-headers')).toMatch(/^web +Deployment\/web +cpu: <unknown>\/80% +1 +5/);
  expect(await kubectl('get pdb --no-headers')).toMatch(/^keep +1 +N\/A +\d/);
});
