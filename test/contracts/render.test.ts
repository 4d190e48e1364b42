import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import type { FileTree } from '../../shared/ports.ts';
import { describeWithKustomize, exec, rendered, treeOf, walked } from '../features/kustomize/world.ts';
import { type Files, treeFrom } from './generated-trees.ts';

/** More of them by hand or at night: RENDER_TREES=4000. */
const TREES = Math.ceil(Number(process.env.RENDER_TREES ?? 240) / 40) * 40;
const BATCH = 40;
/** Of what kustomize builds; what is refused are rare values. */
const MAX_REFUSED_SHARE = 0.1;
/** Trees that kustomize itself must build, or the comparison compares little. */
const MIN_BUILT_SHARE = 0.65;

interface Outcome {
  readonly seed: number;
  readonly ours: string | undefined;
  /** What kustomize printed, or undefined when it failed. */
  readonly theirs: string | undefined;
}

async function outcomeOf(files: Files | FileTree, path: string, seed = 0): Promise<Outcome> {
  const { tree, violations } = await walked(files instanceof Map ? files : treeOf(files as Files), path);
  if (violations.length > 0) throw new Error(JSON.stringify({ seed, violations }));
  const ours = await rendered(tree, path);
  const theirs = await exec.kustomize(tree, path, AbortSignal.timeout(60_000)).catch(() => undefined);
  return {
    seed,
    ours: ours.handled ? ours.documents.map(({ text }) => text).join('---\n') : undefined,
    theirs,
  };
}

describeWithKustomize('the renderer beside the real kustomize', () => {
  let refused = 0;
  let failed = 0;
  let compared = 0;

  it.each(Array.from({ length: TREES / BATCH }, (_, batch) => batch * BATCH))(
    `prints the same for ${BATCH} generated trees from %i on, or nothing`,
    async (first) => {
      const seeds = Array.from({ length: BATCH }, (_, index) => first + index);

      const outcomes = await Promise.all(seeds.map((seed) => outcomeOf(treeFrom(seed), 'top', seed)));

      for (const { seed, ours, theirs } of outcomes) {
        if (ours === undefined && theirs === undefined) failed += 1;
        else if (ours === undefined) refused += 1;
        else {
          compared += 1;
          expect(ours, `seed ${seed}`).toBe(theirs);
        }
      }
    },
    120_000,
  );

  it('handles nearly all of them', () => {
    expect(refused + compared + failed).toBe(TREES);
    expect(refused / (refused + compared)).toBeLessThan(MAX_REFUSED_SHARE);
    expect(compared / TREES).toBeGreaterThan(MIN_BUILT_SHARE);
  });

  it.each(['apps', 'infrastructure', 'clusters/demo'])('prints the same for the example %s', async (path) => {
    const { ours, theirs } = await outcomeOf(await directory('examples/gitops'), path);

    expect(ours).toBeDefined();
    expect(ours).toBe(theirs);
  });
});

async function directory(root: string): Promise<FileTree> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [relative(root, file), await readFile(file)] as const)),
  );
}
