import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { parseYaml } from '../../../shared/core/yaml.ts';
import { CONTROLLERS_PATCH, refusedControllers } from '../../../shared/kustomize/flux-controllers.ts';
import { deployment, describeWithKustomize, objectsOfBuild } from './world.ts';

const controller = (
  name: string,
  spec: object = {},
  labels: object = { 'app.kubernetes.io/part-of': 'flux' },
) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'flux-system', labels },
    spec,
  }) as KubernetesObject;

const crd: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'gitrepositories.source.toolkit.fluxcd.io',
    labels: { 'app.kubernetes.io/part-of': 'flux' },
  },
};

describe('a build that carries Flux', () => {
  it.each([
    'source-controller',
    'kustomize-controller',
    'helm-controller',
    'notification-controller',
    'image-reflector-controller',
    'image-automation-controller',
    'source-watcher',
  ])('is refused for %s, with what to commit', (name) => {
    const message = refusedControllers([crd, controller(name)]);

    expect(message).toContain(`Deployment/flux-system/${name}`);
    expect(message).toContain('$patch: delete');
  });

  it('is refused when it asks for replicas, or for the one by default', () => {
    expect(refusedControllers([controller('source-controller', { replicas: 2 })])).toBeDefined();
    expect(refusedControllers([controller('source-controller', { replicas: null })])).toBeDefined();
  });

  it.each([
    ['no replicas', controller('source-controller', { replicas: 0 })],
    ['its CRDs', crd],
    ["somebody's own Deployment of that name", controller('source-controller', {}, {})],
    ['a tool that calls itself part of Flux', controller('weave-gitops')],
  ])('is fine with %s', (_, object) => {
    expect(refusedControllers([object])).toBeUndefined();
  });

  it('is known under another name by its component', () => {
    const labels = {
      'app.kubernetes.io/part-of': 'flux',
      'app.kubernetes.io/component': 'source-controller',
    };

    expect(refusedControllers([controller('my-source-controller', {}, labels)])).toBeDefined();
  });
});

describeWithKustomize('the patch that is to be committed', () => {
  it('drops every controller and nothing else', async () => {
    const labelled = (name: string) =>
      deployment(name).replace(
        `  name: ${name}\n`,
        `  name: ${name}\n  namespace: flux-system\n  labels: {app.kubernetes.io/part-of: flux}\n`,
      );
    const components = ['source-controller', 'helm-controller'].map(labelled).join('---\n');
    const files = {
      'gotk-components.yaml': `${components}---\n${deployment('other')}---\n${JSON.stringify({ ...crd, spec: {} })}\n`,
    };
    const kustomization = { resources: ['gotk-components.yaml'] };
    const build = (patch: object) =>
      objectsOfBuild({ ...files, 'kustomization.yaml': JSON.stringify({ ...kustomization, ...patch }) });

    expect(refusedControllers(await build({}))).toContain(
      'source-controller, Deployment/flux-system/helm-controller',
    );
    const left = await build(parseYaml(CONTROLLERS_PATCH) as object);

    expect(left.map(({ metadata }) => metadata.name)).toEqual(['other', crd.metadata.name]);
    expect(refusedControllers(left)).toBeUndefined();
  });
});
