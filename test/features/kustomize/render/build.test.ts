import { expect, it } from 'vitest';
import { systemClock } from '../../../../shared/adapters/local/system.ts';
import { Fault } from '../../../../shared/core/failures.ts';
import { type Built, build } from '../../../../shared/kustomize/build.ts';
import type { BuildSpec } from '../../../../shared/kustomize/build-spec.ts';
import type { Exec } from '../../../../shared/ports.ts';
import { configMap, OWNER, treeOf } from '../world.ts';

const NOT_THERE = 'kustomize is not available: install kustomize 5.8';

/** As on a machine that has no kustomize. */
const nothing: Exec = { kustomize: () => Promise.reject(new Fault('unsupported', NOT_THERE)) };

function built(files: Readonly<Record<string, string>>, spec: BuildSpec = {}): Promise<Built> {
  return build({
    tree: treeOf(files),
    spec,
    owner: OWNER,
    variables: new Map([['color', 'blue']]),
    exec: nothing,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

it('a build that the renderer handles needs no kustomize on the machine', async () => {
  const files = { 'a.yaml': configMap('a'), 'kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: p-\n' };

  expect(await built(files)).toMatchObject({ ok: true, objects: [{ metadata: { name: 'p-a' } }] });
});

it('so do a directory without a kustomization and the edits of a spec', async () => {
  const spec = {
    targetNamespace: 'team',
    patches: [{ patch: '- {op: add, path: /data, value: {a: b}}', target: { kind: 'ConfigMap' } }],
  };

  expect(await built({ 'a.yaml': configMap('a') }, spec)).toMatchObject({
    ok: true,
    objects: [{ metadata: { name: 'a', namespace: 'team' }, data: { a: 'b' } }],
  });
});

it('variables are substituted in the text that kustomize would print', async () => {
  const files = {
    'a.yaml': configMap('a', 'data:\n  color: ${color}\n  quoted: "${color}"\n  number: ${none:=5}\n'),
  };

  expect(await built(files, { postBuild: { substitute: {} } })).toMatchObject({
    ok: true,
    objects: [{ data: { color: 'blue', quoted: 'blue', number: 5 } }],
  });
});

it('a build that it does not handle says which field needs kustomize, and how to get it', async () => {
  const files = { 'a.yaml': configMap('a'), 'kustomization.yaml': 'resources: [a.yaml]\ncrds: [a.yaml]\n' };

  expect(await built(files)).toEqual({
    ok: false,
    reason: 'BuildFailed',
    message: `kustomize build failed: kustomize itself is needed for crds (name references inside custom resources): ${NOT_THERE}`,
  });
});

it('a mistake in the YAML is told with its file and line, where there is no kustomize to say so', async () => {
  const files = {
    'a.yaml': `${configMap('a')}data:\n\ta: b\n`,
    'kustomization.yaml': 'resources: [a.yaml]\n',
  };
  const line = files['a.yaml'].split('\n').findIndex((text) => text.startsWith('\t')) + 1;

  const result = await built(files);

  expect(result).toMatchObject({ ok: false, reason: 'BuildFailed' });
  const { message = '' } = result as { readonly message?: string };
  expect(message).toMatch(
    /^kustomize build failed: accumulating resources: MalformedYAMLError: yaml: line \d+: .* in File: a\.yaml$/s,
  );
  expect(message).toContain(`line ${line}:`);
});

it('YAML that is right, and more than it reads, is no mistake', async () => {
  const files = {
    'a.yaml': configMap('a', 'data:\n  a: !!str b\n'),
    'kustomization.yaml': 'resources: [a.yaml]\n',
  };

  expect(await built(files)).toMatchObject({
    message: expect.stringContaining('kustomize itself is needed for the YAML of a.yaml'),
  });
});
