import { expect, test } from 'vitest';
import { openTerminal } from './embedded-tools.ts';

const { kubectl, tryKubectl, write } = await openTerminal();

await kubectl('create namespace shop');

test('the typed creates of kubectl, which send protobuf, are understood', async () => {
  expect(await kubectl('create deployment api -n shop --image=api:1 --replicas=2')).toContain('api created');
  expect(await kubectl('create secret generic key -n shop --from-literal=a=b')).toBe('secret/key created\n');
  expect(await kubectl('create job once -n shop --image=job:1')).toBe('job.batch/once created\n');
  expect(await kubectl('create role reader -n shop --verb=get --resource=pods')).toContain('reader created');
  expect(await kubectl('create serviceaccount bot -n shop')).toBe('serviceaccount/bot created\n');
  expect(await kubectl('create quota most -n shop --hard=pods=100')).toBe('resourcequota/most created\n');
  expect(await kubectl('run one -n shop --image=one:1')).toBe('pod/one created\n');

  expect(await kubectl('get secret key -n shop -o jsonpath={.data.a}')).toBe('Yg==');
  expect(await kubectl('get deployment api -n shop -o jsonpath={.spec.replicas}')).toBe('2');
});

test('a token of a service account is a JWT that its server knows', async () => {
  const token = (await kubectl('create token default -n shop')).trim();

  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  const who = await kubectl(`auth whoami -o jsonpath={.status.userInfo.username} --token=${token}`);
  expect(who).toBe('system:serviceaccount:shop:default');
});

test('the same again, and what is not there, are told in the words of a server', async () => {
  const twice = await tryKubectl('create namespace shop');
  const nothing = await tryKubectl('get configmap nothing -n shop');
  const nowhere = await tryKubectl('create configmap x -n nowhere');
  const noKind = await tryKubectl('get things');

  expect(twice.err).toBe('Error from server (AlreadyExists): namespaces "shop" already exists\n');
  expect(nothing.err).toBe('Error from server (NotFound): configmaps "nothing" not found\n');
  expect(nowhere.err).toBe('error: failed to create configmap: namespaces "nowhere" not found\n');
  expect(noKind.err).toBe('error: the server doesn\'t have a resource type "things"\n');
});

test('all three kinds of patches work', async () => {
  const images = '{.spec.template.spec.containers[*].image}';
  const more = '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}';
  const where = 'patch deployment api -n shop';

  await kubectl(`${where} --type=strategic -p`, { arguments: [more] });
  await kubectl(`${where} --type=merge -p {"spec":{"minReadySeconds":1}}`);
  await kubectl(`${where} --type=json -p [{"op":"replace","path":"/spec/replicas","value":1}]`);

  expect(await kubectl(`get deployment api -n shop -o jsonpath=${images}`)).toBe('side:1 api:1');
  const numbers = '{.spec.minReadySeconds}{.spec.replicas}';
  expect(await kubectl(`get deployment api -n shop -o jsonpath=${numbers}`)).toBe('11');
  const same = await kubectl(`${where} --type=merge -p {"spec":{"minReadySeconds":1}}`);
  expect(same).toBe('deployment.apps/api patched (no change)\n');
});

test('edit changes, and tells what cannot be', async () => {
  const editing = (script: string) => ({ environment: { KUBE_EDITOR: `sed -i "${script}"` } });

  const edited = await kubectl('edit deployment api -n shop', editing('s/api:1/api:2/'));
  const wrong = await tryKubectl('edit deployment api -n shop', editing('s/replicas: 1/replicas: -1/'));

  expect(edited).toBe('deployment.apps/api edited\n');
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain('deployments.apps "api" is invalid');
});

test('replace needs what is there, and with --force makes it anew', async () => {
  write('cm.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {a: b}\n');
  const early = await tryKubectl('replace -f cm.yaml');
  await kubectl('create -f cm.yaml');
  const uid = 'get configmap c -n shop -o jsonpath={.metadata.uid}';
  const first = await kubectl(uid);

  expect(early.err).toContain('configmaps "c" not found');
  expect(await kubectl('replace -f cm.yaml')).toBe('configmap/c replaced\n');
  expect(await kubectl(uid)).toBe(first);
  await kubectl('replace --force -f cm.yaml');
  expect(await kubectl(uid)).not.toBe(first);
});

test('labels and annotations come, change and go', async () => {
  await kubectl('label deployment api -n shop tier=front');
  const taken = await tryKubectl('label deployment api -n shop tier=back');
  await kubectl('label deployment api -n shop tier=back --overwrite');
  await kubectl('annotate deployment api -n shop note=hello');

  expect(taken.err).toContain("'tier' already has a value (front), and --overwrite is false");
  expect(await kubectl('get deployments -n shop -l tier=back -o name')).toBe('deployment.apps/api\n');
  await kubectl('label deployment api -n shop tier-');
  expect(await kubectl('get deployments -n shop -l tier -o name')).toBe('');
});

test('what is invalid is refused with all its faults', async () => {
  write('bad.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n');
  write('typo.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo}\ndatta: {a: b}\n');

  const bad = await tryKubectl('apply -f bad.yaml');
  const typo = await tryKubectl('apply -f typo.yaml');

  expect(bad.err).toContain('* spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535');
  expect(typo.err).toContain('unknown field "datta"');
});

test('what has no effect here is told as a warning', async () => {
  const ingress = await kubectl('create ingress front -n shop --rule=a.example/=web:80');
  const balancer = await kubectl('create service loadbalancer front -n shop --tcp=80');
  const debugged = await kubectl('debug one -n shop --image=shell:1');
  const labelled = await kubectl('label ingress front -n shop a=b');

  expect(ingress).toContain('Warning: the embedded cluster stores this Ingress and does not carry traffic\n');
  expect(balancer).toContain('Warning: the embedded cluster stores this Service and does not make a load');
  expect(debugged).toContain('Warning: the embedded cluster stores ephemeral containers and does not run');
  expect(labelled).toBe('ingress.networking.k8s.io/front labeled\n');
});

test('a Namespace goes with all that is in it', async () => {
  expect(await kubectl('delete namespace shop --timeout=30s')).toBe('namespace "shop" deleted\n');
  expect(await kubectl('get deployments,pods,configmaps -n shop')).toContain('No resources found');
});
