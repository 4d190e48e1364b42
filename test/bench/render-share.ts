import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { generate } from '../../shared/kustomize/generate.ts';
import { KUSTOMIZATION_FILES } from '../../shared/kustomize/paths.ts';
import { render } from '../../shared/kustomize/render/render.ts';
import { walk } from '../../shared/kustomize/walk.ts';
import { yamlBudget } from '../../shared/kustomize/yaml-budget.ts';
import type { FileTree } from '../../shared/ports.ts';
import { treeFrom } from '../contracts/generated-trees.ts';
import type { BenchRow } from './row.ts';

const TREES = 500;

/** How much is built without kustomize: the examples, generated trees, and every kustomization below each folder of `RENDER_REPOSITORIES` (a directory of checked-out repositories). */
export async function run(): Promise<BenchRow[]> {
  const examples = readTree('examples/gitops');
  const rows = [
    row('the examples', await shareOf(directoriesIn(examples).map((path) => ({ tree: examples, path })))),
    row('generated trees, a quarter of which no kustomize builds', await shareOf(generated())),
  ];
  const root = process.env.RENDER_REPOSITORIES;
  if (root === undefined) return rows;
  const total = { handled: 0, all: 0 };
  for (const name of readdirSync(root)) {
    const tree = readTree(join(root, name));
    const { handled, all } = await shareOf(directoriesIn(tree).map((path) => ({ tree, path })));
    total.handled += handled;
    total.all += all;
  }
  return [...rows, row(`repositories below ${root}`, total)];
}

interface Share {
  readonly handled: number;
  /** What the walk lets through. */
  readonly all: number;
}

function row(what: string, { handled, all }: Share): BenchRow {
  const ours = Math.round((1000 * handled) / Math.max(all, 1)) / 10;
  return {
    id: 'share',
    what: `built without kustomize of ${what}`,
    ours,
    unit: '%',
    note: `${handled} of ${all}`,
  };
}

function generated(): readonly { tree: FileTree; path: string }[] {
  return Array.from({ length: TREES }, (_, seed) => ({
    path: 'top',
    tree: new Map(Object.entries(treeFrom(seed)).map(([path, text]) => [path, Buffer.from(text)])),
  }));
}

async function shareOf(builds: readonly { tree: FileTree; path: string }[]): Promise<Share> {
  let handled = 0;
  let all = 0;
  const budget = () => yamlBudget(systemClock, new AbortController().signal);
  for (const { tree, path } of builds) {
    const made = await generate(tree, { path }, budget()).catch(() => undefined);
    if (!made?.ok) continue;
    const walked = await walk(made.tree, made.path, budget()).catch(() => undefined);
    if (walked === undefined || walked.violations.length > 0) continue;
    all += 1;
    const rendered = await render(walked.tree, made.path, { read: budget(), print: budget() });
    if (rendered.handled) handled += 1;
  }
  return { handled, all };
}

/** Directories with a kustomization of their own; components are built by those who use them. */
function directoriesIn(tree: FileTree): readonly string[] {
  const found = [...tree].filter(
    ([file, bytes]) =>
      KUSTOMIZATION_FILES.some((name) => file === name || file.endsWith(`/${name}`)) &&
      !/^kind: Component$/m.test(Buffer.from(bytes).toString('utf8')),
  );
  return [...new Set(found.map(([file]) => file.slice(0, Math.max(file.lastIndexOf('/'), 0))))];
}

function readTree(root: string): FileTree {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [relative(root, file), readFileSync(file)];
    }),
  );
}
