import { expect, test } from 'vitest';
import { deployment, openTerminal } from './embedded-tools.ts';

const { cluster, kubectl, tryKubectl, write } = await openTerminal();

write('web.yaml', deployment('web', 'web:1', 2));
await kubectl('create namespace shop');
await kubectl('apply -n shop -f web.yaml');
await kubectl('create configmap settings -n shop --from-literal=a=b');
await kubectl('wait -n shop --for=condition=available deployment/web --timeout=20s');

test('version says what the server is', async () => {
  const shown = await kubectl('version');

  expect(shown).toContain('Client Version: v1.36.3');
  expect(shown).toContain('Server Version: v1.36.3+sluice-embedded');
});

test('get prints the tables of the server, wide ones too', async () => {
  const shown = await kubectl('get deployments -n shop -o wide');

  expect(shown.split('\n')[0]?.split(/\s+/)).toEqual([
    ...['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
  ]);
  expect(shown).toMatch(/^web +2\/2 +2 +2 +\d+s +main +web:1 +app=web$/m);
});

test('get prints YAML, names, columns, JSONPaths and sorts', async () => {
  const yaml = await kubectl('get configmap settings -n shop -o yaml');
  const named = await kubectl('get pods -n shop -o name --sort-by=.metadata.creationTimestamp');
  const columns = 'custom-columns=NAME:.metadata.name,IMAGE:.spec.template.spec.containers[0].image';
  const told = await kubectl(`get deployments -n shop -o ${columns}`);
  const ready = await kubectl('get deployment web -n shop -o jsonpath={.status.readyReplicas}');

  expect(yaml).toMatch(/^apiVersion: v1\ndata:\n {2}a: b\nkind: ConfigMap\n/);
  expect(named).toMatch(/^(pod\/web-[a-z0-9]{10}-[a-z0-9]{5}\n){2}$/);
  expect(told).toBe('NAME   IMAGE\nweb    web:1\n');
  expect(ready).toBe('2');
});

test('get selects by labels and fields, in one namespace or all', async () => {
  const byLabel = await kubectl('get deployments -A -l app=web --no-headers');
  const byOther = await kubectl('get deployments -A -l app=other');
  const byField = await kubectl('get pods -A --field-selector status.phase=Running --no-headers');
  const byName = await kubectl('get configmaps -n shop --field-selector metadata.name=settings -o name');

  expect(byLabel).toMatch(/^shop +web +2\/2/);
  expect(byOther).toBe('No resources found\n');
  expect(byField.trim().split('\n')).toHaveLength(2);
  expect(byName).toBe('configmap/settings\n');
});

test('get -w shows changes as they come', async () => {
  const watching = tryKubectl('get configmaps -n shop -w --no-headers', { interruptAfter: 5_000 });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await kubectl('create configmap later -n shop');

  const { out } = await watching;

  expect(out).toMatch(/^settings +1 +\d+s$/m);
  expect(out).toMatch(/^later +0 +\d+s$/m);
});

test('describe tells of pods, Deployments and nodes', async () => {
  const workload = await kubectl('describe deployment web -n shop');
  const pods = await kubectl('describe pods -n shop -l app=web --show-events=true');
  const node = await kubectl('describe node');

  expect(workload).toMatch(/^Replicas: +2 desired \| 2 updated \| 2 total \| 2 available/m);
  expect(workload).toMatch(/^ {2}Available +True +MinimumReplicasAvailable$/m);
  expect(workload).toMatch(/^ {2}Normal +ScalingReplicaSet .*Scaled up replica set web-\S+ from 0 to 2$/m);
  expect(pods).toMatch(/^ {2}Normal +Started .* kubelet +spec\.containers\{main\}: Container started$/m);
  expect(workload).toMatch(/^NewReplicaSet: +web-[a-z0-9]{10} \(2\/2 replicas created\)$/m);
  expect(pods).toMatch(/^Controlled By: +ReplicaSet\/web-/m);
  expect(pods).toMatch(/^ {2}sluice\.dev\/simulated +True/m);
  expect(node).toContain('No container runs: this cluster only tells what would happen');
  expect(node).toMatch(/^ {2}HolderIdentity: +sluice-node$/m);
});

test('explain, api-resources and api-versions know the kinds', async () => {
  const explained = await kubectl('explain deployment.spec.strategy.type');
  const tree = await kubectl('explain cronjob --recursive');
  const resources = await kubectl('api-resources --verbs=list --namespaced -o name');
  const versions = await kubectl('api-versions');

  expect(explained).toContain('FIELD: type <string>');
  expect(explained).toMatch(/^ENUM:\n +Recreate\n +RollingUpdate$/m);
  expect(tree).toMatch(/^ {4}jobTemplate\t<JobTemplateSpec> -required-$/m);
  expect(tree).toMatch(/^ {4}schedule\t<string> -required-$/m);
  expect(resources.split('\n')).toEqual(expect.arrayContaining(['pods', 'deployments.apps', 'jobs.batch']));
  expect(versions.split('\n')).toEqual(expect.arrayContaining(['v1', 'apps/v1', 'batch/v1']));
});

test('what needs containers or metrics fails in clear words', async () => {
  const refused = 'is not served: this cluster is embedded and runs no containers';
  const logs = await tryKubectl('logs -n shop deployment/web');
  const exec = await tryKubectl('exec -n shop deployment/web -- ls');
  const forward = await tryKubectl('port-forward -n shop deployment/web :80');
  const top = await tryKubectl('top pods -n shop');

  expect(logs).toMatchObject({ code: 1, err: expect.stringContaining(`pods/log ${refused}`) });
  expect(exec).toMatchObject({ code: 1, err: expect.stringContaining(`pods/exec ${refused}`) });
  expect(forward).toMatchObject({ code: 1, err: expect.stringContaining(`pods/portforward ${refused}`) });
  expect(top).toMatchObject({ code: 1, err: expect.stringContaining('Metrics API not available') });
});

test('raw paths and proxies reach the server', async () => {
  expect(await kubectl('get --raw /readyz')).toBe('ok');
  expect(await kubectl('cluster-info')).toContain(cluster.url);
});
