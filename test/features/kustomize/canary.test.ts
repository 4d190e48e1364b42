import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { messageOf } from '../../../shared/core/failures.ts';
import type { FileTree } from '../../../shared/ports.ts';
import { configMap, describeWithKustomize, exec, treeOf, walked } from './world.ts';

const SECRET = 'CANARY-SECRET';
const directory = mkdtempSync(join(tmpdir(), 'sluice-canary-'));
const text = join(directory, 'canary.txt');
const object = join(directory, 'canary.yaml');
writeFileSync(text, `A=${SECRET}\n`);
writeFileSync(object, configMap('canary', `data: {a: ${SECRET}}\n`));
writeFileSync(join(directory, 'kustomization.yaml'), 'resources: [canary.yaml]\n');
afterAll(() => rmSync(directory, { recursive: true }));

type Pick = <T>(choices: readonly T[]) => T;

/** A linear congruential generator, so that a failing tree can be made again. */
function picker(seed: number): Pick {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return choices[Math.floor((state / 0x80000000) * choices.length)] as (typeof choices)[number];
  };
}

const UP = '../'.repeat(12).slice(0, -1);
const OUTSIDE = [text, object, directory].flatMap((path) => [
  path,
  UP + path,
  `base/${UP}${path}`,
  `k=${path}`,
  `file://${path}`,
]);
const INSIDE = ['r.yaml', 'ok.env', 'k=ok.env', 'base', 'comp'];

function quoted(path: string, pick: Pick): string {
  const escaped = path.replaceAll('/', '\\x2f');
  return pick([
    path,
    `"${path}"`,
    `'${path}'`,
    `"${escaped}"`,
    `!!str ${path}`,
    `&z ${path}`,
    `>-\n  ${path}\n`,
  ]);
}

function field(pick: Pick): string {
  const path = quoted(pick(pick([OUTSIDE, INSIDE])), pick);
  const spelled = (name: string) => pick([name, name, name.toUpperCase(), `"${name}"`]);
  const kind = pick([
    'PatchTransformer',
    'ConfigMapGenerator',
    'PatchStrategicMergeTransformer',
    'ValueAddTransformer',
  ]);
  const lists = [
    'resources',
    'bases',
    'components',
    'crds',
    'configurations',
    'patchesStrategicMerge',
    'transformers',
  ];
  return pick([
    `${spelled(pick(lists))}: [${path}]`,
    `${spelled('openapi')}: {${spelled('path')}: ${path}}`,
    `${spelled(pick(['patches', 'replacements']))}: [{${spelled('path')}: ${path}}]`,
    `${spelled('configMapGenerator')}: [{name: g, ${spelled(pick(['files', 'envs']))}: [${path}]}]`,
    `secretGenerator: [{name: s, ${spelled('env')}: ${path}}]`,
    `<<: {resources: [${path}]}`,
    `transformers:\n- |-\n  apiVersion: builtin\n  kind: ${kind}\n  metadata: {name: x}\n  ${pick(['path', 'files', 'paths', 'targetFilePath'])}: [${path.replaceAll('\n', '\n    ')}]\n`,
  ]);
}

function hostileTree(seed: number): FileTree {
  const pick = picker(seed);
  const component = 'kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n';
  const files: Record<string, string> = {
    'kustomization.yaml': 'resources: [base]\ncomponents: [comp]\n',
    'base/kustomization.yaml': 'resources: [../r.yaml]\n',
    'comp/kustomization.yaml': component,
    'r.yaml': configMap('r'),
    'base/r.yaml': configMap('b'),
    'ok.env': 'A=b\n',
    'base/ok.env': 'A=b\n',
  };
  const where = pick(['kustomization.yaml', 'base/kustomization.yaml', 'comp/kustomization.yaml']);
  const hostile = Array.from({ length: pick([1, 2]) }, () => field(pick)).join('\n');
  return treeOf({ ...files, [where]: `${where.startsWith('comp') ? component : ''}${hostile}\n` });
}

/** Everything kustomize said, by either way. */
async function said(tree: FileTree): Promise<string> {
  const output = await exec.kustomize(tree, '', AbortSignal.timeout(20_000)).catch(messageOf);
  return output + Buffer.from(/^ {2}\S+: ([\w+/=]+)$/m.exec(output)?.[1] ?? '', 'base64').toString('utf8');
}

/** Whether kustomize got as far as the file or its directory. */
function reaches(output: string): boolean {
  return output.includes(SECRET) || output.includes(directory);
}

describeWithKustomize('a file outside the source', () => {
  it('is read by kustomize itself in some of these trees', async () => {
    const spoken = await Promise.all(Array.from({ length: 60 }, (_, seed) => said(hostileTree(seed))));

    expect(spoken.filter((output) => output.includes(SECRET)).length).toBeGreaterThan(0);
    expect(spoken.filter(reaches).length).toBeGreaterThan(10);
  });

  it('[KS-29 contained] is never read in a tree that the walk lets through, out of 500', async () => {
    const walks = await Promise.all(
      Array.from({ length: 500 }, async (_, seed) => ({ seed, ...(await walked(hostileTree(seed), '')) })),
    );
    const allowed = walks.filter(({ violations }) => violations.length === 0);

    const spoken = await Promise.all(
      allowed.map(async ({ seed, tree }) => ({ seed, output: await said(tree) })),
    );

    expect(allowed.length).toBeGreaterThan(20);
    expect(spoken.filter(({ output }) => reaches(output))).toEqual([]);
  });
});
