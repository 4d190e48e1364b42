import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { commit, createRepository, git } from '../servers/bare-repository.ts';
import { FOLDER, openBootstrap } from './cli-bootstrap-session.ts';
import { fluxDeployment, useCliCluster } from './cli-session.ts';

const setting = useCliCluster();
const { owner } = setting;
const FLUX = '/namespaces/flux-system';
const CONTROLLERS = `/apis/apps/v1${FLUX}/deployments`;
const CONTROLLER = `${CONTROLLERS}/kustomize-controller`;
const SYNC = [
  `/apis/source.toolkit.fluxcd.io/v1${FLUX}/gitrepositories/flux-system`,
  `/apis/kustomize.toolkit.fluxcd.io/v1${FLUX}/kustomizations/flux-system`,
  `/api/v1${FLUX}/secrets/flux-system`,
];

afterEach(async () => {
  for (const path of [...SYNC, CONTROLLER]) await setting.cluster.api.send('DELETE', path);
});

describe('where Flux itself was bootstrapped', () => {
  const FLUX_FILES = {
    [`${FOLDER}/gotk-components.yaml`]: 'apiVersion: apps/v1\nkind: Deployment\n',
    [`${FOLDER}/gotk-sync.yaml`]: '# theirs, over ssh\n',
    [`${FOLDER}/kustomization.yaml`]: 'resources:\n- gotk-components.yaml\n- gotk-sync.yaml\n',
  };

  async function bootstrapped(answers?: readonly string[]) {
    await setting.cluster.api.create(CONTROLLERS, fluxDeployment(1));
    const found = await openBootstrap(setting.cluster, 'github', answers && { answers });
    await createRepository(join(found.repository, '..'), 'fleet');
    const head = await commit(found.repository, FLUX_FILES, 'Add Flux sync manifests');
    return { ...found, head };
  }
  const replicas = async () =>
    (await setting.cluster.api.get<{ spec: { replicas: number } }>(CONTROLLER))?.spec.replicas;

  test.each([
    ['a script without --yes', undefined, 'run it again with --yes to let Sluice take over'],
    ['a person who says no', ['n'], 'aborted; Flux goes on as before'],
  ])('%s changes nothing', async (_who, answers, said) => {
    const { bootstrap, repository, head } = await bootstrapped(answers);

    const { code, out, err } = await bootstrap();

    expect(code).toBe(1);
    expect(out).toContain('scale deployment/flux-system/kustomize-controller to 0');
    expect(err).toContain(said);
    expect(await git(repository, ['rev-parse', 'main'])).toBe(head);
    expect(await replicas()).toBe(1);
    expect(await owner()).toMatchObject({ owns: 'none' });
  });

  test('a person is asked; then the patch is committed, Flux scaled down, and the cluster ours', async () => {
    const { bootstrap, repository, sluice } = await bootstrapped(['y']);

    const { code, out } = await bootstrap();

    expect(code).toBe(0);
    expect(out).toContain('Go on? [y/N]');
    const kustomization = await git(repository, ['show', `main:${FOLDER}/kustomization.yaml`]);
    expect(kustomization).toContain('$patch: delete');
    expect(await git(repository, ['show', `main:${FOLDER}/gotk-components.yaml`])).toContain('Deployment');
    expect(await replicas()).toBe(0);
    expect(await owner()).toMatchObject({ owns: 'all' });
    const [listed] = JSON.parse((await sluice('cluster', 'list', '-o', 'json')).out);
    expect(listed).toMatchObject({ name: 'prod', owns: 'all', status: 'ready' });

    const again = await bootstrap();
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).not.toContain('Go on?');
    expect(await git(repository, ['rev-list', '--count', 'main'])).toBe('2');
  });
});
