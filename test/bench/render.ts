import { homedir } from 'node:os';
import { join } from 'node:path';
import { kustomizeExec } from '../../shared/adapters/exec/kustomize.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { isFault } from '../../shared/core/failures.ts';
import { render } from '../../shared/kustomize/render/render.ts';
import { yamlBudget } from '../../shared/kustomize/yaml-budget.ts';
import { largeTree } from './render-tree.ts';
import { type BenchRow, best } from './row.ts';

const WARM_UP = 5;
const RUNS = 10;

/** Rendering 1000 objects in-process beside the real kustomize, whose figure has the start of its process and the files that it reads; without one there is no peer. */
export async function run(): Promise<BenchRow[]> {
  const tree = largeTree();
  const { signal } = new AbortController();
  const ours = async () => {
    const budget = () => yamlBudget(systemClock, signal);
    const rendered = await render(tree, 'top', { read: budget(), print: budget() });
    if (!rendered.handled || rendered.documents.length !== 1000) throw new Error('not rendered');
  };
  for (let warm = 0; warm < WARM_UP; warm++) await ours();
  const milliseconds = await best(RUNS, ours);
  const peer = await peerOf(tree, signal);
  return [
    {
      id: 'render',
      what: 'kustomize build of 1000 objects',
      ours: milliseconds,
      ...(peer === undefined ? {} : { peer, ratio: milliseconds / peer }),
      unit: 'ms',
      note: 'least of 10, warm; peer: the real kustomize with process start and temporary files',
    },
  ];
}

async function peerOf(tree: ReturnType<typeof largeTree>, signal: AbortSignal): Promise<number | undefined> {
  const exec = kustomizeExec({
    cacheDirectory: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice', 'tools'),
    searchPath: process.env.PATH ?? '',
    platform: `${process.platform}-${process.arch}`,
  });
  try {
    await exec.kustomize(tree, 'top', signal);
    return await best(RUNS, () => exec.kustomize(tree, 'top', signal));
  } catch (error) {
    if (isFault(error, 'unsupported')) return undefined;
    throw error;
  }
}
