import type { BuildSpec } from '../../../shared/kustomize/build-spec.ts';
import type { Attack } from './hostile-trees.ts';
import { configMap, deployment } from './world.ts';

const RESOURCE = { 'r.yaml': configMap('r') };
const COMPONENT = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';

/** What is to take all memory or time. */
export function bombs(): readonly Attack[] {
  const built = (name: string, files: Readonly<Record<string, string>>, spec: BuildSpec = {}): Attack => ({
    name,
    files: { 'kustomization.yaml': 'resources: [r.yaml]\n', ...files },
    spec,
  });
  const aliases = (levels: number) =>
    Array.from(
      { length: levels },
      (_, at) =>
        `a${at}: &a${at} [${
          at === 0
            ? 'x'
            : Array(10)
                .fill(`*a${at - 1}`)
                .join(', ')
        }]`,
    ).join('\n');
  const many = (count: number, make: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => make(at));
  const chain = (count: number, kind: string, field: string) =>
    Object.fromEntries(
      many(count, (at) => `${at}`).map((at) => [
        `d${at}/kustomization.yaml`,
        `${kind}${field}: [../d${Number(at) + 1}]\n`,
      ]),
    );
  const twice = (levels: number) =>
    Object.fromEntries(
      many(levels, (at) => `${at}`).flatMap((at) => [
        [`t${at}/kustomization.yaml`, `resources: [a, b]\n`],
        [`t${at}/a/kustomization.yaml`, `resources: [../../t${Number(at) + 1}]\nnamePrefix: a-\n`],
        [`t${at}/b/kustomization.yaml`, `resources: [../../t${Number(at) + 1}]\nnamePrefix: b-\n`],
      ]),
    );
  return [
    built('aliases in a resource', { 'r.yaml': `${configMap('r')}${aliases(9)}\n` }),
    built('aliases in a kustomization', { 'kustomization.yaml': `${aliases(9)}\nresources: []\n` }),
    built('aliases in a patch', {
      ...RESOURCE,
      'p.yaml': `${configMap('r')}${aliases(9)}\n`,
      'kustomization.yaml': 'resources: [r.yaml]\npatches: [{path: p.yaml}]\n',
    }),
    built('aliases in a plugin', {
      ...RESOURCE,
      'p.yaml': `apiVersion: builtin\nkind: HashTransformer\n${aliases(9)}\n`,
      'kustomization.yaml': 'resources: [r.yaml]\ntransformers: [p.yaml]\n',
    }),
    built('an alias to itself', { 'r.yaml': `${configMap('r')}a: &a [*a]\n` }),
    built('merge keys that multiply', {
      'r.yaml': `${configMap('r')}${many(20, (at) => `m${at}: &m${at} {<<: [${at === 0 ? '{x: 1}' : `*m${at - 1}, *m${at - 1}`}]}`).join('\n')}\n`,
    }),
    built('brackets', { 'r.yaml': `${configMap('r')}a: ${'['.repeat(100_000)}\n` }),
    built('braces', { 'r.yaml': `${configMap('r')}a: ${'{a: '.repeat(50_000)}\n` }),
    built('depth by indentation', {
      'r.yaml': `${configMap('r')}${many(2000, (at) => `${' '.repeat(at)}a:`).join('\n')}\n`,
    }),
    built('a long line', { 'r.yaml': configMap('r', `data: {a: "${'x'.repeat(3_000_000)}"}\n`) }),
    built('many lines', {
      'r.yaml': `${configMap('r', 'data:\n')}${many(100_000, (at) => `  k${at}: v\n`).join('')}`,
    }),
    built('many documents', { 'r.yaml': many(20_000, (at) => configMap(`c${at}`)).join('---\n') }),
    built('many empty documents', { 'r.yaml': '---\n'.repeat(300_000) }),
    built('newlines', { 'r.yaml': `${configMap('r')}${'\n'.repeat(1_000_000)}` }),
    built('tags', { 'r.yaml': `${configMap('r')}a: !!binary ${'A'.repeat(1_000_000)}\n` }),
    built('a cycle', {
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
      'kustomization.yaml': 'resources: [a]\n',
    }),
    built('itself', { 'kustomization.yaml': 'resources: [.]\n' }),
    built('a parent', {
      'a/kustomization.yaml': 'resources: [..]\n',
      'kustomization.yaml': 'resources: [a]\n',
    }),
    built('components in a circle', {
      'c/kustomization.yaml': `${COMPONENT}components: [../c]\n`,
      'kustomization.yaml': 'resources: [r.yaml]\ncomponents: [c]\n',
      ...RESOURCE,
    }),
    built('a chain of bases', { ...chain(500, '', 'resources'), 'kustomization.yaml': 'resources: [d0]\n' }),
    built('a chain of components', {
      ...chain(500, COMPONENT, 'components'),
      'kustomization.yaml': 'components: [d0]\n',
    }),
    built('bases that double', {
      ...twice(40),
      't40/kustomization.yaml': 'resources: [r.yaml]\n',
      't40/r.yaml': configMap('r'),
      'kustomization.yaml': 'resources: [t0]\n',
    }),
    built('the same file again and again', {
      ...RESOURCE,
      'kustomization.yaml': `resources: [${Array(5000).fill('r.yaml').join(', ')}]\n`,
    }),
    built('a pattern that never ends', {
      'r.yaml': configMap('a'.repeat(240)),
      'kustomization.yaml':
        'resources: [r.yaml]\npatches: [{patch: "[]", target: {name: "(a+)+$|(a|aa)+b|(.*)*x"}}]\n',
    }),
    built('patterns without number', {
      'r.yaml': many(200, (at) => configMap(`${'a'.repeat(200)}${at}`)).join('---\n'),
      'kustomization.yaml': `resources: [r.yaml]\npatches:\n${'- {patch: "[]", target: {name: ".*a.*b"}}\n'.repeat(3000)}`,
    }),
    built('a patch that grows', {
      'r.yaml': deployment('r'),
      'kustomization.yaml': `resources: [r.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: |-\n${many(28, (at) => `    - {op: copy, from: /spec, path: /spec/x${at}}`).join('\n')}\n`,
    }),
    built('replacements that grow', {
      'r.yaml': deployment('r'),
      'kustomization.yaml': `resources: [r.yaml]\nreplacements:\n${many(28, (at) => `- {source: {kind: Deployment, fieldPath: spec}, targets: [{select: {kind: Deployment}, fieldPaths: [spec.x${at}], options: {create: true}}]}`).join('\n')}\n`,
    }),
    built('a prefix that grows', {
      ...Object.fromEntries(
        many(40, (at) => `${at}`).map((at) => [
          `p${at}/kustomization.yaml`,
          `resources: [../p${Number(at) + 1}]\nnamePrefix: ${'x'.repeat(200)}\n`,
        ]),
      ),
      'p40/kustomization.yaml': 'resources: [r.yaml]\n',
      'p40/r.yaml': configMap('r'),
      'kustomization.yaml': 'resources: [p0]\n',
    }),
    built('labels without number', {
      ...RESOURCE,
      'kustomization.yaml': `resources: [r.yaml]\nlabels:\n${many(20_000, (at) => `- {pairs: {l${at}: x}}`).join('\n')}\n`,
    }),
    built('places without number', {
      ...RESOURCE,
      'c.yaml': `images:\n${many(4000, (at) => `- {path: spec/x${at}}`).join('\n')}\n`,
      'kustomization.yaml': `resources: [r.yaml]\nconfigurations: [${Array(3).fill('c.yaml').join(', ')}]\n`,
    }),
    built('a schema without end', {
      ...RESOURCE,
      'o.json': `{"definitions": ${'{"a":'.repeat(3000)}{}${'}'.repeat(3000)}}`,
      'kustomization.yaml': 'resources: [r.yaml]\nopenapi: {path: o.json}\n',
    }),
    built('a schema of itself', {
      ...RESOURCE,
      'o.json': '{"definitions":{"x":{"$ref":"#/definitions/x"}}}',
      'kustomization.yaml': 'resources: [r.yaml]\nopenapi: {path: o.json}\n',
    }),
    built('a large file', {
      ...RESOURCE,
      'big.bin': '\u0001'.repeat(12_000_000),
      'kustomization.yaml': 'resources: [r.yaml]\nconfigMapGenerator: [{name: g, files: [big.bin]}]\n',
    }),
    built('names of JavaScript', {
      'r.yaml': configMap(
        'constructor',
        'data: {__proto__: x, constructor: y, toString: z, hasOwnProperty: w}\n',
      ),
      'kustomization.yaml': 'resources: [r.yaml]\ncommonLabels: {__proto__: x, constructor: y}\n',
    }),
    built('a field of JavaScript', {
      ...RESOURCE,
      'kustomization.yaml': 'resources: [r.yaml]\n__proto__: {resources: [x]}\nconstructor: {}\n',
    }),
    built('a kind of JavaScript', {
      ...RESOURCE,
      'kustomization.yaml':
        'resources: [r.yaml]\ntransformers: ["{apiVersion: builtin, kind: constructor, metadata: {name: x}}"]\n',
    }),
    built('a pointer of JavaScript', {
      ...RESOURCE,
      'kustomization.yaml': `resources: [r.yaml]\npatches: [{target: {kind: ConfigMap}, patch: '[{"op":"add","path":"/__proto__/polluted","value":"x"},{"op":"add","path":"/constructor/prototype/polluted","value":"x"}]'}]\n`,
    }),
    built('a field path of JavaScript', {
      ...RESOURCE,
      'kustomization.yaml':
        'resources: [r.yaml]\nreplacements: [{sourceValue: x, targets: [{select: {kind: ConfigMap}, fieldPaths: [__proto__.polluted, constructor.prototype.polluted], options: {create: true}}]}]\n',
    }),
    built('two of one name', { 'r.yaml': `${configMap('r')}---\n${configMap('r')}` }),
    built('bytes that are no text', { 'r.yaml': '\ufeff\ufffd\u0000\u001b[31m' }),
    built('a variable in a list', {
      ...RESOURCE,
      'kustomization.yaml': `resources: [r.yaml]\nvars:\n${many(3000, (at) => `- {name: V${at}, objref: {apiVersion: v1, kind: ConfigMap, name: r}}`).join('\n')}\n`,
    }),
  ];
}
