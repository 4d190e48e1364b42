import { describe, expect, it } from 'vitest';
import { configMap } from '../world.ts';
import { printed, refusal, renderedFiles } from './rendering.ts';

const RESOURCES = 'resources: [a.yaml]\n';

/** Comes to an end, of whatever kind: what takes exponential time runs into the test's own limit of 20 s. */
async function ends(files: Readonly<Record<string, string>>): Promise<void> {
  await renderedFiles(files);
}

/** ConfigMaps a0, a1, ... */
function many(count: number, rest = ''): string {
  return Array.from({ length: count }, (_, index) => configMap(`a${index}`, rest)).join('---\n');
}

describe('a hostile repository', () => {
  it.each(['__proto__: {polluted: 1}\n', '"__proto__": {polluted: 1}\n', '{"__proto__": {"polluted": 1}}\n'])(
    'does not reach the prototype of objects by %j',
    async (text) => {
      const files = {
        'kustomization.yaml': RESOURCES,
        'a.yaml': configMap('a', `data: ${text.startsWith('{') ? text : `\n  ${text}`}`),
      };

      await refusal(files);

      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    },
  );

  it('does not reach it by patches and labels either', async () => {
    const patch = '- {op: add, path: /__proto__/polluted, value: 1}';
    const files = (more: string) => ({
      'kustomization.yaml': `${RESOURCES}${more}`,
      'a.yaml': configMap('a'),
    });

    await refusal(files(`patches: [{patch: "${patch}", target: {kind: ConfigMap}}]\n`));
    await refusal(
      files(
        `patches: [{patch: "${patch.replace('__proto__/polluted', 'constructor/prototype/polluted')}", target: {kind: ConfigMap}}]\n`,
      ),
    );
    await refusal(files('configMapGenerator: [{name: x, literals: [__proto__=1]}]\n'));

    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('gets keys that objects inherit as plain keys', async () => {
    const text = await printed({
      'kustomization.yaml': `${RESOURCES}commonLabels: {constructor: x, toString: z}\n`,
      'a.yaml': configMap('a', 'data:\n  hasOwnProperty: z\n'),
    });

    expect(text).toContain('  labels:\n    constructor: x\n    toString: z\n');
    expect(text).toContain('  hasOwnProperty: z\n');
  });

  it.each([
    '(a+)+b',
    '(a|a)(a|a)(a|a)',
    '.*.*.*b',
    '(?=a)',
    'a{1,1000}',
    '[a-z]*',
    '(a',
    `${'a|'.repeat(400)}a`,
  ])('cannot make a pattern run long: %s', async (pattern) => {
    const target = JSON.stringify({ name: pattern });

    expect(
      await refusal({
        'kustomization.yaml': `${RESOURCES}patches: [{patch: '[{"op": "remove", "path": "/data"}]', target: ${target}}]\n`,
        'a.yaml': configMap('a'),
      }),
    ).toContain('pattern');
  });

  it('cannot make an image name run long', async () => {
    const files = {
      'kustomization.yaml': `${RESOURCES}images: [{name: "(a+)+", newTag: x}]\n`,
      'a.yaml': configMap('a'),
    };

    expect(await refusal(files)).toContain('image name');
  });

  it('cannot have many patches of many objects', async () => {
    const patch = `- {target: {name: ".*a.*"}, patch: '[{"op": "add", "path": "/data", "value": {}}]'}\n`;

    expect(
      await refusal({
        'kustomization.yaml': `${RESOURCES}patches:\n${patch.repeat(1000)}`,
        'a.yaml': many(2000),
      }),
    ).toContain('steps');
  });

  it('is done with soon, whatever it multiplies', async () => {
    const image = `- {name: nginx, newTag: "1"}\n`;
    const large = configMap(
      'large',
      `data:\n${Array.from({ length: 20_000 }, (_, index) => `  k${index}: v\n`).join('')}`,
    );
    await ends({ 'kustomization.yaml': `${RESOURCES}images:\n${image.repeat(5000)}`, 'a.yaml': large });

    const ports = Array.from({ length: 3000 }, (_, index) => `  - {port: ${index}, protocol: TCP}\n`).join(
      '',
    );
    const service = `apiVersion: v1\nkind: Service\nmetadata:\n  name: s\nspec:\n  ports:\n${ports}`;
    const patch =
      'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 1, protocol: TCP}]}\n';
    await ends({
      'kustomization.yaml': `${RESOURCES}patches: [{path: p.yaml}]\n`,
      'a.yaml': service,
      'p.yaml': patch,
    });

    const roles = Array.from(
      { length: 3000 },
      (_, index) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: n${index}}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r${index}}\nrules: [{resourceNames: [same]}]\n`,
    ).join('---\n');
    await ends({ 'kustomization.yaml': `${RESOURCES}namePrefix: p-\n`, 'a.yaml': roles });
  }, 30_000);

  it('cannot double an object again and again', async () => {
    const steps = Array.from({ length: 60 }, (_, index) => `{op: copy, from: /data, path: /data/k${index}}`);

    expect(
      await refusal({
        'kustomization.yaml': `${RESOURCES}patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n`,
        'a.yaml': configMap('a', 'data: {a: b}\n'),
        'p.yaml': `- ${steps.join('\n- ')}\n`,
      }),
    ).toContain('grow');
  });

  it('cannot put a large patch or many labels on many objects', async () => {
    const data = Array.from({ length: 10_000 }, (_, index) => `  k${index}: v\n`).join('');
    const labels = Array.from({ length: 2000 }, (_, index) => `  k${index}: v\n`).join('');
    const files = { 'a.yaml': many(2000), 'p.yaml': configMap('x', `data:\n${data}`) };
    const patches = 'patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n';

    expect(await refusal({ 'kustomization.yaml': `${RESOURCES}${patches}`, ...files })).toContain('grow');
    expect(
      await refusal({ 'kustomization.yaml': `${RESOURCES}commonLabels:\n${labels}`, ...files }),
    ).toContain('grow');
  });

  it('cannot print more than a build may', async () => {
    const label = `commonLabels: {a: ${'x'.repeat(100_000)}}\n`;

    expect(await refusal({ 'kustomization.yaml': `${RESOURCES}${label}`, 'a.yaml': many(200) })).toContain(
      'characters of YAML',
    );
  });

  it.each([
    ['anchors that multiply', bomb(6)],
    ['levels without end', `a: ${'['.repeat(2000)}${']'.repeat(2000)}\n`],
    ['half a character', 'a: "\\ud800"\n'],
  ])('is left to kustomize, in its own process, with %s', async (_, text) => {
    await refusal({
      'kustomization.yaml': RESOURCES,
      'a.yaml': configMap('a', `data:\n  ${text.replaceAll('\n', '\n  ').trimEnd()}\n`),
    });
  });
});

/** Ten to the power of `levels` values. */
function bomb(levels: number): string {
  const names = 'abcdefghij'.slice(0, levels + 1).split('');
  return names
    .map(
      (name, at) =>
        `${name}: &${name} [${
          at === 0
            ? 'x'
            : Array(10)
                .fill(`*${names[at - 1]}`)
                .join(', ')
        }]\n`,
    )
    .join('');
}
