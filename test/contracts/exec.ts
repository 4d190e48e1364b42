import { expect, it } from 'vitest';
import type { Exec, FileTree } from '../../shared/ports.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

function treeOf(files: Readonly<Record<string, string>>): FileTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** What every Exec does with a tree that the walk has let through. */
export function execContract(exec: Exec): void {
  const build = (files: Readonly<Record<string, string>>, path = '') =>
    exec.kustomize(treeOf(files), path, AbortSignal.timeout(20_000));

  it('prints resources as YAML documents, in the order of the input', async () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: space\n';

    const yaml = await build({
      'kustomization.yaml': 'resources: [a.yaml, n.yaml]\n',
      'a.yaml': CONFIG_MAP,
      'n.yaml': namespace,
    });

    expect(yaml).toBe(`${CONFIG_MAP}---\n${namespace}`);
  });

  it.each(['apps/one', './apps/one', 'apps/one/'])(
    'builds the directory %s and may read above it',
    async (path) => {
      const files = { 'apps/one/kustomization.yaml': 'resources: [../../a.yaml]\n', 'a.yaml': CONFIG_MAP };

      expect(await build(files, path)).toBe(CONFIG_MAP);
    },
  );

  it('says nothing for a build of nothing', async () => {
    expect(await build({ 'kustomization.yaml': 'namespace: _placeholder\n' })).toBe('');
  });

  it('faults with `invalid` and paths relative to the root when kustomize fails', async () => {
    const run = build({ 'apps/kustomization.yaml': 'resources: [nope.yaml]\n' }, 'apps');

    await expect(run).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(
        /^accumulating resources: .*open apps\/nope\.yaml: no such file or directory/,
      ),
    });
  });

  it('faults with `invalid` when the directory is not in the tree', async () => {
    await expect(build({ 'a.yaml': CONFIG_MAP }, '../etc')).rejects.toMatchObject({ code: 'invalid' });
  });

  it('faults with `timeout` when the caller has given up', async () => {
    const run = exec.kustomize(treeOf({ 'kustomization.yaml': 'namePrefix: a\n' }), '', AbortSignal.abort());

    await expect(run).rejects.toMatchObject({ code: 'timeout' });
  });

  it('builds several trees at once without mixing them', async () => {
    const outputs = await Promise.all(
      ['x', 'w', 'z', 'q'].map((name) =>
        build({ 'kustomization.yaml': `resources: [a.yaml]\nnamePrefix: ${name}-\n`, 'a.yaml': CONFIG_MAP }),
      ),
    );

    expect(outputs.map((yaml) => /name: (.*)/.exec(yaml)?.[1])).toEqual(['x-a', 'w-a', 'z-a', 'q-a']);
  });
}
