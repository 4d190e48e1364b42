import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { BINDINGS, fluxDeployment, personOf, useCliCluster } from './cli-session.ts';
import { openStoredState } from './cli-state.ts';

const setting = useCliCluster();
const { owner, personWith } = setting;

describe('where Flux itself runs', () => {
  const deployments = '/apis/apps/v1/namespaces';

  test.each([
    ['flux-system', 'kustomize-controller', undefined],
    ['flux-tenants', 'source-controller', { 'app.kubernetes.io/part-of': 'flux' }],
  ])('in %s, Sluice owns none until it is scaled down', async (namespace, name, labels) => {
    const person = personOf(setting.cluster);
    if (labels)
      await setting.cluster.api.create('/api/v1/namespaces', { metadata: { name: namespace, labels } });
    await setting.cluster.api.create(`${deployments}/${namespace}/deployments`, fluxDeployment(1, name));

    const { code, out, err } = await person.sluice('cluster', 'add', 'prod', '--owns', 'all');

    expect(code).toBe(0);
    expect(err).toContain(`Flux itself runs here (${namespace}/${name})`);
    expect(out).toContain(`  kubectl -n ${namespace} scale deployment ${name} --replicas=0\n`);
    expect(out).toContain('  sluice cluster add prod --owns all');
    expect(await owner()).toMatchObject({ owns: 'none' });

    const path = `${deployments}/${namespace}/deployments/${name}`;
    await setting.cluster.api.send('PATCH', path, { spec: { replicas: 0 } }, 'application/merge-patch+json');
    expect((await person.sluice('cluster', 'add', 'prod')).out).toContain('owns none');
    expect((await person.sluice('cluster', 'add', 'prod', '--owns', 'all')).out).toContain('owns all');
    expect(await owner()).toMatchObject({ owns: 'all' });
    await setting.cluster.api.send('DELETE', path);
  });
});

describe('with --namespaces', () => {
  const configMap = (namespace: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: {},
  });

  test('it may do everything there, read Flux objects everywhere, and nothing else', async () => {
    const person = personOf(setting.cluster);
    const { code, out } = await person.sluice(
      'cluster',
      'add',
      'prod',
      '--namespaces',
      'default,kube-public',
    );
    const { cluster: opened } = await (await openStoredState(person)).clusters.open(setting.cluster.id);
    const options = { fieldManager: 'test', dryRun: true };

    expect(code).toBe(0);
    expect(out).toContain('rolebinding/kube-public/sluice');
    expect((await person.sluice('cluster', 'list')).out).toMatch(/ready$/m);
    await opened.apply(configMap('default', 'a'), options);
    await opened.apply(configMap('kube-public', 'a'), options);
    await opened.list({ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' });
    await expect(opened.apply(configMap('kube-system', 'a'), options)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(opened.list({ apiVersion: 'v1', kind: 'Secret' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await setting.cluster.api.get(`${BINDINGS}/sluice`)).toBeUndefined();
  });

  test('they stay when it is added again, and can be changed', async () => {
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod', '--namespaces', 'default,kube-public');
    const inPublic = '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/rolebindings/sluice';

    await person.sluice('cluster', 'add', 'prod', '--profile', 'lockdown');
    expect(await setting.cluster.api.get(inPublic)).toBeDefined();
    expect(await setting.cluster.api.get(`${BINDINGS}/sluice`)).toBeUndefined();

    await person.sluice('cluster', 'add', 'prod', '--namespaces', 'default');
    expect(await setting.cluster.api.get(inPublic)).toBeUndefined();

    await person.sluice('cluster', 'add', 'prod', '--namespaces', '*');
    expect(await setting.cluster.api.get(`${BINDINGS}/sluice`)).toBeDefined();
    expect(await setting.cluster.api.get(`${BINDINGS}/sluice-namespaced`)).toBeUndefined();
    expect((await person.sluice('cluster', 'list')).out).toMatch(/ready$/m);
  });
});

describe('a person with few rights', () => {
  test('hears which one is missing', async () => {
    const { session, token, flags } = await limitedPerson('nobody', []);

    const { code, err } = await session.sluice('cluster', 'add', 'prod', ...flags);

    expect(code).toBe(1);
    expect(err).toMatch(/may not do this: .*cannot get resource "namespaces".*cluster administrator/);
    expect(err).not.toContain(token);
  });

  test('who may look only hears it when the first object is to be created', async () => {
    const { session, flags } = await limitedPerson('reader', [READER]);

    const { code, err } = await session.sluice('cluster', 'add', 'prod', ...flags);

    expect(code).toBe(1);
    expect(err).toMatch(/may not do this: .*cannot create resource "configmaps".*cluster administrator/);
  });

  test('is taken as is with a warning that names what will fail', async () => {
    const { session, flags } = await limitedPerson('claimer', [READER, CLAIMER]);

    const everywhere = await session.sluice('cluster', 'add', 'prod', '--as-is', ...flags);
    const narrow = await session.sluice(
      'cluster',
      'add',
      'prod',
      '--as-is',
      '--namespaces',
      'default',
      ...flags,
    );

    expect(everywhere.code).toBe(0);
    expect(everywhere.err).toMatch(/may not do everything with anything in the whole cluster;/);
    expect(narrow.err).toMatch(/may not do everything with anything in namespace default;/);
  });
});

const READER = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] };
const CLAIMER = { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'patch'] };

/** A ServiceAccount with these rules as a person. */
async function limitedPerson(name: string, rules: readonly object[]) {
  const { api } = setting.cluster;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await api.create(accounts, { metadata: { name } });
  await api.create(`${rbac}/clusterroles`, { metadata: { name }, rules });
  await api.create(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  });
  const { status } = await api.create<{ status: { token: string } }>(`${accounts}/${name}/token`, {
    spec: {},
  });
  const { session, file } = personWith(/token: \S+/, `token: ${status.token}`);
  return { session, token: status.token, flags: ['--kubeconfig', file] };
}

describe('a cluster that cannot be reached', () => {
  test.each([
    ['refused credentials', /token: \S+/, 'token: expired', 'does not accept user "control-plane"'],
    ['nobody there', /server: \S+/, 'server: https://127.0.0.1:1', 'is unreachable: connection refused'],
    ['another CA', /certificate-authority-data: \S+/, '', 'check certificate-authority-data'],
    ['another name', /127\.0\.0\.1/, 'localhost', 'set tls-server-name'],
  ])('because of %s is explained in one line', async (_, pattern, replacement, why) => {
    const { session, file } = personWith(pattern, replacement);

    const { code, out, err } = await session.sluice('cluster', 'add', 'prod', '--kubeconfig', file);

    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(why);
    expect(err).not.toContain('\n');
  });

  test('is listed with the reason, within seconds and beside the others', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const person = personOf(setting.cluster);
    await person.sluice('cluster', 'add', 'prod');
    const state = await openStoredState(person);
    const record = await state.clusters.get(setting.cluster.id);
    for (const [name, server] of [
      ['gone', 'https://127.0.0.1:1'],
      ['silent', `https://127.0.0.1:${port}`],
    ] as const) {
      const other = { ...record, id: `${name}-uid`, name, server } as NonNullable<typeof record>;
      await saveCluster(state, other, {
        server,
        ca: setting.cluster.controlPlane.ca,
        credentials: { token: 't' },
      });
    }
    const bad = {
      server: setting.cluster.controlPlane.server,
      ca: setting.cluster.controlPlane.ca,
      credentials: { token: 'expired' },
    };
    await saveCluster(
      state,
      { ...record, id: 'expired-uid', name: 'expired' } as NonNullable<typeof record>,
      bad,
    );
    const begun = performance.now();

    const { code, out } = await person.sluice('cluster', 'list');

    silent.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(code).toBe(0);
    expect(out).toMatch(/^prod .* ready$/m);
    expect(out).toMatch(/^gone .* unreachable: connection refused$/m);
    expect(out).toMatch(/^silent .* unreachable: no answer within 3 s$/m);
    expect(out).toMatch(/^expired .* credentials refused: Unauthorized$/m);
    expect(JSON.parse((await person.sluice('cluster', 'list', '-o', 'json')).out)).toHaveLength(4);
  });
});
