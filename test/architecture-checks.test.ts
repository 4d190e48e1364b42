import { describe, expect, test } from 'vitest';
import { cyclesOf, graphOf, impureDecisions } from './architecture/graph.ts';
import { importFaults } from './architecture/imports.ts';
import {
  banFaults,
  lengthFaults,
  nameFaults,
  powerFaults,
  sizesOf,
  valueFaults,
} from './architecture/rules.ts';
import { scan, specifiersOf } from './architecture/scan.ts';
import { sourceOf } from './architecture/sources.ts';

const imports = (path: string, target: string) => importFaults(sourceOf(path, `import '${target}';`));

describe('reading imports', () => {
  const read = (text: string) => specifiersOf(scan(text));

  test.each([
    ['a value', "import { a } from './a.ts';"],
    ['a type', "import type { A } from './a.ts';"],
    ['several lines', "import {\n  a,\n  type B,\n} from './a.ts';"],
    ['an effect', "import './a.ts';"],
    ['a re-export', "export { a } from './a.ts';"],
    ['a re-exported type', "export type * from './a.ts';"],
    ['a dynamic import', "const a = await import('./a.ts');"],
    ['the type of a module', "type A = import('./a.ts').A;"],
    ['double quotes', 'import { a } from "./a.ts";'],
    ['a comment in between', "import { a } from /* b */ './a.ts';"],
    ['inside a template', "const x = `\u0024{await import('./a.ts')} from './b.ts'`;"],
    ['after a regular expression with a quote', "const x = /['`]/.test(y);\nimport './a.ts';"],
    ['after a division', "const x = a / b / c;\nimport './a.ts';"],
    ['after a URL', "const x = 'https://example.com'; // import './b.ts';\nimport './a.ts';"],
  ])('finds %s', (_, text) => {
    expect(read(text)).toEqual(['./a.ts']);
  });

  test.each([
    ['a comment', "// import './a.ts';\n/* export * from './a.ts'; */"],
    ['a string', 'const x = "import \'./a.ts\'";'],
    ['a template', "const x = `import './a.ts'`;"],
    ['a call named from', "const x = Array.from('./a.ts');"],
    ['a regular expression', "const x = /import '.\\/a.ts'/;"],
  ])('does not find one in %s', (_, text) => {
    expect(read(text)).toEqual([]);
  });

  test('blanks texts, position for position', () => {
    const text = "const a = 'process.env'; // any\nconst b = `any \u0024{process.env.A}`;";
    const { code, comments } = scan(text);

    expect(code).toHaveLength(text.length);
    expect(code.indexOf('process.env')).toBe(text.lastIndexOf('process.env'));
    expect(code).not.toContain('any');
    expect(comments).toEqual(['// any']);
  });
});

describe('the table of imports', () => {
  test.each([
    ['api', 'shared/api/a.ts', '../core/failures.ts'],
    ['api', 'shared/api/a.ts', 'node:crypto'],
    ['core', 'shared/core/a.ts', '../ports.ts'],
    ['core', 'shared/core/a.ts', 'yaml'],
    ['core', 'shared/core/a.ts', 'node:fs'],
    ['ports', 'shared/ports.ts', './adapters/http/client.ts'],
    ['domain to domain', 'shared/health/a.ts', '../apply/apply.ts'],
    ['domain to engine', 'shared/health/a.ts', '../reconcile/engine.ts'],
    ['domain to I/O', 'shared/kustomize/a.ts', 'node:child_process'],
    ['domain to SDK', 'shared/artifact/a.ts', 'isomorphic-git'],
    ['domain to tests', 'shared/artifact/a.ts', '../../test/contracts/store.ts'],
    ['engine to kind', 'shared/reconcile/engine.ts', './kustomization/decide.ts'],
    ['engine to registry', 'shared/reconcile/engine.ts', './registry.ts'],
    ['kind to kind', 'shared/reconcile/kustomization/a.ts', '../git-repository/decide.ts'],
    ['kind to registry', 'shared/reconcile/kustomization/a.ts', '../registry.ts'],
    ['kind to adapter', 'shared/reconcile/kustomization/decide.ts', '../../adapters/local/system.ts'],
    ['kind to a foreign domain', 'shared/reconcile/git-repository/a.ts', '../../kustomize/build.ts'],
    ['a kind outside the table', 'shared/reconcile/bucket/a.ts', '../kustomization/decide.ts'],
    ['adapter to domain', 'shared/adapters/git/a.ts', '../../artifact/pack.ts'],
    ['adapter to adapter', 'shared/adapters/exec/a.ts', '../git/git.ts'],
    ['adapter to a foreign SDK', 'shared/adapters/http/a.ts', '@kubernetes/client-node'],
    ['runtime to infra', 'shared/runtime/a.ts', '../../infra/generate.ts'],
    ['runtime to functions', 'shared/runtime/pump.ts', '../../functions/apply.ts'],
    ['runtime to I/O', 'shared/runtime/lambda.ts', 'node:fs'],
    ['runtime to domain', 'shared/runtime/lambda.ts', '../apply/apply.ts'],
    ['function to adapter', 'functions/apply.ts', '../shared/adapters/local/system.ts'],
    ['an unknown package', 'shared/adapters/http/a.ts', 'left-pad'],
    ['a file outside the table', 'shared/stray.ts', './core/failures.ts'],
    ['a domain outside the table', 'shared/stray/a.ts', '../core/failures.ts'],
  ])('refuses %s: %s -> %s', (_, path, target) => {
    expect(imports(path, target)).toHaveLength(1);
  });

  test.each([
    ['shared/api/a.ts', 'zod'],
    ['shared/core/a.ts', '../api/meta.ts'],
    ['shared/core/yaml.ts', 'yaml'],
    ['shared/health/a.ts', '../ports.ts'],
    ['shared/health/a.ts', './b.ts'],
    ['shared/artifact/a.ts', 'node:zlib'],
    ['shared/reconcile/kustomization/effects.ts', '../../health/read.ts'],
    ['shared/reconcile/kustomization/effects.ts', '../engine.ts'],
    ['shared/reconcile/registry.ts', './kustomization/effects.ts'],
    ['shared/reconcile/work.ts', './registry.ts'],
    ['shared/adapters/kubernetes/a.ts', '@kubernetes/client-node'],
    ['shared/adapters/http/a.ts', 'node:net'],
    ['shared/runtime/local.ts', '../adapters/local/system.ts'],
    ['shared/runtime/local.ts', '../../functions/apply.ts'],
    ['functions/apply.ts', '../shared/runtime/lambda.ts'],
    ['infra/local/a.ts', '../../functions/apply.ts'],
  ])('lets %s import %s', (path, target) => {
    expect(imports(path, target)).toEqual([]);
  });
});

describe('the graph', () => {
  const graph = (files: Record<string, string>) =>
    graphOf(Object.entries(files).map(([path, text]) => sourceOf(path, text)));

  test('shows each knot once, a type import is enough', () => {
    const knotted = graph({
      'a.ts': "import './b.ts';",
      'b.ts': "import type { C } from './c.ts';",
      'c.ts': "import './a.ts'; import './d.ts';",
      'd.ts': "import './e.ts';",
      'e.ts': '',
      'f.ts': "import './f.ts'; import './a.ts';",
    });

    expect(cyclesOf(knotted)).toEqual([['a.ts', 'b.ts', 'c.ts'], ['f.ts']]);
  });

  test('shows a decision that reaches effects through another file, of its own kind only', () => {
    const kind = 'shared/reconcile/kustomization';
    const decided = graph({
      [`${kind}/decide.ts`]: "import './settings.ts';",
      [`${kind}/settings.ts`]: "import './observe.ts';",
      [`${kind}/observe.ts`]: '',
      [`${kind}/effects.ts`]: "import './decide.ts';",
    });

    expect(impureDecisions(decided)).toEqual([`${kind}/decide.ts leads to ${kind}/observe.ts`]);
  });
});

describe('powers, bans, names and sizes', () => {
  const uses = (path: string, code: string) => powerFaults(sourceOf(path, code));
  const bans = (code: string, path = 'shared/core/a.ts') => banFaults(sourceOf(path, code));

  test.each([
    'process.env.HOME',
    'Date.now()',
    'new Date()',
    'new Date',
    'Math.random()',
    'setTimeout(f, 1)',
    'setInterval(f, 1)',
    'performance.now()',
    'crypto.randomUUID()',
    "import { randomUUID } from 'node:crypto'",
  ])('%s has an owner', (code) => {
    expect(uses('shared/health/a.ts', code)).toHaveLength(1);
  });

  test.each([
    'new Date(0)',
    "new Date('2026-01-01')",
    'socket.setTimeout(1)',
    '"process.env"',
    'clock.now()',
  ])('%s is free', (code) => {
    expect(uses('shared/health/a.ts', code)).toEqual([]);
  });

  test('owners use their powers, and not those of others', () => {
    expect(uses('shared/runtime/config.ts', 'process.env')).toEqual([]);
    expect(uses('shared/adapters/local/system.ts', 'new Date(); Math.random()')).toEqual([]);
    expect(uses('shared/adapters/http/client.ts', 'setTimeout(f, 1)')).toEqual([]);
    expect(uses('shared/adapters/http/client.ts', 'Date.now(); process.env')).toHaveLength(2);
    expect(uses('shared/runtime/lambda.ts', 'process.env')).toHaveLength(1);
  });

  test.each([
    'export default function f() {}',
    'export { f as default };',
    'let a: any;',
    'const a = b as any;',
    'const a: Record<string, any> = {};',
    'function f(a: string | any) {}',
    'enum A { B }',
    'export const enum A { B }',
    '// @ts-ignore',
    '/* @ts-nocheck */',
    'await import(name)',
  ])('%s is banned', (code) => {
    expect(bans(code)).toHaveLength(1);
  });

  test.each([
    'Promise.any([])',
    'const any = 1',
    'const a = any;',
    'f(any, b)',
    '// any',
    "f('export default')",
    "await import('./a.ts')",
  ])('%s is not', (code) => {
    expect(bans(code)).toEqual([]);
  });

  test('tests replace no modules', () => {
    for (const call of ['mock', 'doMock', 'spyOn', 'stubGlobal', 'useFakeTimers']) {
      expect(bans(`vi.${call}('x')`, 'test/a.test.ts')).toHaveLength(1);
    }
    expect(bans('await vi.waitFor(f)', 'test/a.test.ts')).toEqual([]);
  });

  test('ports may hold types and nothing else', () => {
    const ports = (code: string) => valueFaults(sourceOf('shared/ports.ts', code));

    expect(ports("export interface A {}\nexport type B = A;\nexport type { C } from './c.ts';")).toEqual([]);
    expect(ports('export const A = 1;')).toHaveLength(1);
    expect(ports("export * from './c.ts';")).toHaveLength(1);
  });

  test('names are kebab-case and say something', () => {
    for (const path of ['shared/core/utils.ts', 'test/helpers.ts', 'shared/core/common.test.ts', 'a/aB.ts']) {
      expect(nameFaults(path)).toHaveLength(1);
    }
    expect(nameFaults('shared/core/kubernetes-object.ts')).toEqual([]);
    expect(nameFaults('test/parity/facts/common.ts')).toEqual([]);
  });

  test('300 lines are enough', () => {
    const long = (lines: number) => sourceOf('a.ts', 'x\n'.repeat(lines));

    expect(lengthFaults(long(300))).toEqual([]);
    expect(lengthFaults(long(301))).toHaveLength(1);
    expect(sizesOf([10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map(long))).toEqual({
      files: 10,
      median: 50,
      p90: 90,
      max: 100,
    });
  });
});
