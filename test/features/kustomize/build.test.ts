import { expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/core/digests.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import type { BuildSpec } from '../../../shared/kustomize/build-spec.ts';
import {
  buildReal,
  configMap,
  deployment,
  describeWithKustomize,
  failureOfBuild,
  objectsOfBuild,
} from './world.ts';

const names = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);
const OWNED = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};

interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: unknown;
    readonly template: {
      readonly metadata: unknown;
      readonly spec: { readonly containers: readonly [{ readonly image: string }] };
    };
  };
}

async function workload(files: Readonly<Record<string, string>>, spec: BuildSpec = {}): Promise<Workload> {
  const objects = await objectsOfBuild(files, spec);
  return objects.find(({ kind }) => kind === 'Deployment') as Workload;
}

describeWithKustomize('what a build yields', () => {
  it('[KS-22 recursive] [KS-29 order] is every object below the path, in the order of the input', async () => {
    const objects = await objectsOfBuild({
      'z.yaml': configMap('z'),
      'k/kustomization.yaml': 'resources: [b.yaml, a.yaml]\nnamePrefix: k-\n',
      'k/a.yaml': configMap('a'),
      'k/b.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n',
      'a.yaml': configMap('first'),
    });

    expect(names(objects)).toEqual(['first', 'b', 'k-a', 'z']);
  });

  it('[KS-22 nothing] [KS-23 empty-file] is nothing where there is nothing', async () => {
    expect(await objectsOfBuild({ 'README.md': 'x' })).toEqual([]);
    expect(await objectsOfBuild({ 'README.md': 'x' }, { targetNamespace: 'apps' })).toEqual([]);
    expect(await objectsOfBuild({ 'kustomization.yaml': '# later\n' })).toEqual([]);
  });

  it("[KS-22 config-skipped] has no object of kustomize's own kind", async () => {
    const config = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\n';
    const flux = 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: y}\n';

    expect(names(await objectsOfBuild({ 'a.yaml': config, 'b.yaml': flux }))).toEqual(['y']);
  });

  it('[KS-21 used] [KS-29 inside] is what the file says, also from above the path', async () => {
    const files = {
      'clusters/one/kustomization.yaml': 'resources: [../../base, ../../extra.yaml]\n',
      'clusters/one/ignored.yaml': configMap('ignored'),
      'base/kustomization.yaml': 'resources: [a.yaml]\n',
      'base/a.yaml': configMap('a'),
      'extra.yaml': configMap('extra'),
    };

    expect(names(await objectsOfBuild(files, { path: './clusters/one' }))).toEqual(['a', 'extra']);
  });

  it('[KS-33 labels] carries the name and namespace of its Kustomization', async () => {
    const [object] = await objectsOfBuild({ 'a.yaml': configMap('a') });

    expect(object?.metadata.labels).toEqual(OWNED);
  });

  it('has the digest of the YAML that kustomize prints', async () => {
    const built = await buildReal({
      'a.yaml': configMap('a', 'data: {b: "1", a: "yes"}\n'),
      'b.yaml': configMap('b'),
    });

    const yaml =
      'apiVersion: v1\ndata:\n  a: "yes"\n  b: "1"\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n';
    expect(built).toMatchObject({ ok: true, digest: `sha256:${sha256Hex(yaml)}` });
  });

  it('[KS-32 metadata-only] [KS-32 overriding] has common metadata on objects, not on selectors or pods', async () => {
    const text = deployment('web').replace('  name: web\n', '  name: web\n  labels: {team: old, tier: a}\n');

    const object = await workload(
      { 'd.yaml': text },
      { commonMetadata: { labels: { team: 'new' }, annotations: { note: 'n' } } },
    );

    expect(object.metadata.labels).toEqual({ ...OWNED, team: 'new', tier: 'a' });
    expect(object.metadata.annotations).toEqual({ note: 'n' });
    expect(object.spec.selector).toEqual({ matchLabels: { app: 'web' } });
    expect(object.spec.template.metadata).toEqual({ labels: { app: 'web' } });
  });
});

describeWithKustomize('edits of the spec', () => {
  const binding = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: x}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: y}
subjects: [{kind: ServiceAccount, name: sa, namespace: b}, {kind: ServiceAccount, name: other, namespace: c}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: b}
`;

  it('[KS-25 namespace] [KS-25 subjects] [KS-25 not-created] put everything into the target namespace', async () => {
    const files = { 'kustomization.yaml': 'resources: [r.yaml]\nnamespace: old\n', 'r.yaml': binding };

    const objects = await objectsOfBuild(files, { targetNamespace: 'new' });

    expect(objects.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ['ClusterRoleBinding', undefined],
      ['ServiceAccount', 'new'],
    ]);
    expect(
      (objects[0] as unknown as { subjects: { namespace: string }[] }).subjects.map(
        ({ namespace }) => namespace,
      ),
    ).toEqual(['new', 'c']);
  });

  it('[KS-25 affixes] rename, references included', async () => {
    const reading = deployment('web').replace(
      'image: nginx',
      'image: nginx\n          envFrom: [{configMapRef: {name: settings}}]',
    );

    const objects = await objectsOfBuild(
      { 'a.yaml': configMap('settings'), 'd.yaml': reading },
      { namePrefix: 'p-', nameSuffix: '-s' },
    );

    expect(names(objects)).toEqual(['p-settings-s', 'p-web-s']);
    expect(JSON.stringify(objects[1])).toContain('"configMapRef":{"name":"p-settings-s"}');
  });

  it('[KS-26 strategic] [KS-26 json6902] patch, after the patches of the file', async () => {
    const files = {
      'kustomization.yaml': 'resources: [d.yaml]\npatches: [{path: p.yaml}]\n',
      'd.yaml': deployment('web'),
      'p.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, paused: true}\n',
    };
    const strategic = {
      patch: 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n',
    };
    const yaml = {
      patch: '- op: add\n  path: /metadata/annotations\n  value: {a: b}\n',
      target: { kind: 'Deployment' },
    };
    const json = {
      patch: '[{"op": "replace", "path": "/spec/paused", "value": false}]',
      target: { kind: 'Deployment' },
    };

    const object = await workload(files, { patches: [strategic, yaml, json] });

    expect(object.spec).toMatchObject({ replicas: 3, paused: false });
    expect(object.metadata.annotations).toEqual({ a: 'b' });
  });

  it('[KS-26 delete] delete several objects by one patch', async () => {
    const drop = (name: string) =>
      `$patch: delete\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

    const objects = await objectsOfBuild(
      { 'x.yaml': configMap('x'), 'y.yaml': configMap('y'), 'z.yaml': configMap('z') },
      { patches: [{ patch: `${drop('x')}---\n${drop('y')}` }] },
    );

    expect(names(objects)).toEqual(['z']);
  });

  it.each([
    ['an anchored name', { kind: 'ConfigMap', name: 'app' }, ['app']],
    ['a pattern of names', { name: 'app.*' }, ['app', 'app-two']],
    ['labels', { labelSelector: 'tier=front' }, ['front']],
    ['annotations', { annotationSelector: 'note=yes' }, ['noted']],
    ['a version', { version: 'v1', name: 'my-app' }, ['my-app']],
  ])('[KS-26 selectors] [KS-26 anchored] patch what is selected by %s', async (_, target, expected) => {
    const files = {
      'a.yaml': ['app', 'app-two', 'my-app'].map((name) => configMap(name)).join('---\n'),
      'b.yaml': configMap('front').replace('front\n', 'front\n  labels: {tier: front}\n'),
      'c.yaml': configMap('noted').replace('noted\n', "noted\n  annotations: {note: 'yes'}\n"),
    };
    const patch = '- op: add\n  path: /data\n  value: {hit: "1"}\n';

    const objects = await objectsOfBuild(files, { patches: [{ patch, target }] });

    expect(names(objects.filter(({ data }) => data !== undefined))).toEqual(expected);
  });

  it('[KS-26 old-fields] leave the old patch fields of the file at work', async () => {
    const inline =
      'patchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  spec: {replicas: 4}\n';
    const json =
      'patchesJson6902:\n- target: {group: apps, version: v1, kind: Deployment, name: web}\n  path: j.json\n';

    const object = await workload({
      'kustomization.yaml': `resources: [d.yaml]\n${inline}${json}`,
      'd.yaml': deployment('web'),
      'j.json': '[{"op": "add", "path": "/metadata/annotations", "value": {"x": "y"}}]',
    });

    expect(object.spec.replicas).toBe(4);
    expect(object.metadata.annotations).toEqual({ x: 'y' });
  });
});

const DIGEST = `sha256:${'a'.repeat(64)}`;
const image = (fields: object) => JSON.stringify({ name: 'nginx', ...fields });

describeWithKustomize('images', () => {
  it.each([
    ['KS-27 name-alone', { newTag: '1' }, { newName: 'reg/nginx' }, 'reg/nginx:1'],
    ['KS-27 name-alone', { digest: DIGEST }, { newName: 'reg/nginx' }, `reg/nginx@${DIGEST}`],
    ['KS-27 version-unit', { digest: DIGEST }, { newTag: '2' }, 'nginx:2'],
    ['KS-27 version-unit', { newTag: '1' }, { digest: DIGEST }, `nginx@${DIGEST}`],
    ['KS-27 version-unit', { newName: 'r/n', digest: DIGEST }, { newTag: '2' }, 'r/n:2'],
    ['KS-27 version-unit', { newTag: '1' }, { newTag: '2', digest: DIGEST }, `nginx:2@${DIGEST}`],
    ['KS-27 version-unit', { newName: 'r/n', newTag: '1' }, {}, 'r/n:1'],
  ])('[%s] %j in the file and %j in the spec', async (_, inFile, inSpec, expected) => {
    const files = {
      'kustomization.yaml': `resources: [d.yaml]\nimages: [${image(inFile)}]\n`,
      'd.yaml': deployment('web'),
    };

    const object = await workload(files, { images: [{ name: 'nginx', ...inSpec }] });

    expect(object.spec.template.spec.containers[0].image).toBe(expected);
  });

  it('[KS-27 appended] that the file does not list', async () => {
    const object = await workload(
      { 'd.yaml': deployment('web', 'ghcr.io/x/app:1') },
      { images: [{ name: 'ghcr.io/x/app', newTag: '2' }] },
    );

    expect(object.spec.template.spec.containers[0].image).toBe('ghcr.io/x/app:2');
  });
});

describeWithKustomize('a build that fails', () => {
  it('[KS-28 missing] names the component that is not there', async () => {
    expect(await failureOfBuild({ 'a.yaml': configMap('a') }, { components: ['nope'] })).toMatch(
      /^BuildFailed: kustomize build failed: kustomization\.yaml: components\[0\]: 'nope' does not exist/,
    );
  });

  it('[KS-34 duplicates] names the id that came twice', async () => {
    expect(await failureOfBuild({ 'a.yaml': configMap('a'), 'b.yaml': configMap('a') })).toMatch(
      /^BuildFailed: kustomize build failed: .*may not add resource with an already registered id: ConfigMap\.v1\.\[noGrp\]\/a\.\[noNs\]/,
    );
  });

  it('[KS-30 panic] is what comes of a panic', async () => {
    const encrypted = 'ENC[a,data:b/c]';
    const text = `apiVersion: ${encrypted}\nkind: ${encrypted}\nmetadata: {name: "${encrypted}", namespace: "${encrypted}"}\n`;
    const files = {
      'kustomization.yaml': 'resources: [s.yaml]\nnamespace: x\nnamePrefix: x\n',
      's.yaml': text,
    };

    expect(await failureOfBuild(files)).toMatch(
      /^BuildFailed: kustomize build failed: recovered from kustomize build panic: number of previous names/,
    );
  });

  it('says what kustomize says, with paths of the source only', async () => {
    const files = { 'apps/a.yaml': configMap('a') };
    const patch = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nope}\n';

    const message = await failureOfBuild(files, { path: 'apps', patches: [{ patch }] });

    expect(message).toBe(
      'BuildFailed: kustomize build failed: no resource matches strategic merge patch "ConfigMap.v1.[noGrp]/nope.[noNs]": no matches for Id ConfigMap.v1.[noGrp]/nope.[noNs]; failed to find unique target for patch ConfigMap.v1.[noGrp]/nope.[noNs]',
    );
  });
});
