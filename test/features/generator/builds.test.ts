import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CopyOperation } from '../../../shared/api/artifact-generator.ts';
import { openBudget } from '../../../shared/artifact/generator/budget.ts';
import { type BuiltArtifact, buildArtifact } from '../../../shared/artifact/generator/build.ts';
import { messageOf } from '../../../shared/core/failures.ts';
import { inflateTar, tarEntries } from '../../../shared/core/tar/tar-entries.ts';
import { archiveOf, type Files, treeOf } from './trees.ts';

interface Case {
  readonly name: string;
  readonly sources: Readonly<Record<string, number>>;
  readonly copy: readonly CopyOperation[];
  /** The file's name, and what is in it by path: text, `dir` or `archive`; `*` behind a program. */
  readonly file?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly error?: string;
}

/** What source-watcher 2.2's builder made of generated operations over four trees; `tgz:n` is an archive of the tree n. */
const asked = JSON.parse(readFileSync(new URL('./vectors/builds.json', import.meta.url), 'utf8')) as {
  readonly trees: readonly Readonly<Record<string, string>>[];
  readonly cases: readonly Case[];
};

async function filesOf(tree: number): Promise<Files> {
  const files: Record<string, string | Uint8Array> = {};
  for (const [path, text] of Object.entries(asked.trees[tree] ?? {})) {
    const inner = /^tgz:(\d+)$/.exec(text)?.[1];
    files[path] = inner === undefined ? text : await archiveOf(await filesOf(Number(inner)));
  }
  return files;
}

function contentsOf({ body }: BuiltArtifact): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of tarEntries(inflateTar(body, 1e9), { entries: 1000, pathBytes: 4096 })) {
    const isArchive = entry.body[0] === 0x1f && entry.body[1] === 0x8b;
    const text = isArchive ? 'archive' : entry.body.toString();
    const isProgram = entry.kind === 'file' && entry.isExecutable;
    files[`${entry.path || '.'}${isProgram ? '*' : ''}`] = entry.kind === 'directory' ? 'dir' : text;
  }
  return files;
}

async function build({ name, copy, sources }: Case): Promise<BuiltArtifact | string> {
  const trees = await Promise.all(
    Object.entries(sources).map(async ([alias, tree]) => [alias, treeOf(await filesOf(tree))] as const),
  );
  return buildArtifact({ name, copy }, new Map(trees), openBudget()).catch(messageOf);
}

/** Words of the operating system or of a YAML parser, which differ. */
const OTHER_WORDS = /openat .*|cannot unmarshal YAML document: .*|part of .* is a file and a directory$/;

describe("what is built of sources, held against source-watcher's own builder", () => {
  const built = asked.cases.filter(({ files }) => files !== undefined);
  const refused = asked.cases.filter(({ error }) => error !== undefined);

  test(`[AG-11 like-cp] [AG-12 paths] [AG-13 merge] [AG-13 plain] [AG-14 extract] [AG-06 file] [AG-06 ignored] holds the same files`, async () => {
    expect(built.length).toBeGreaterThan(150);
    for (const one of built) {
      const made = await build(one);
      const contents = typeof made === 'string' ? made : contentsOf(made);
      expect(contents, JSON.stringify(one.copy)).toEqual(one.files);
      // Archives in the trees are made by another deflate here, so that their sums differ.
      const isExact =
        !JSON.stringify(one).includes('charts') && !JSON.stringify(one.files).includes('archive');
      if (isExact && typeof made !== 'string') expect(made.file, JSON.stringify(one.copy)).toBe(one.file);
    }
  });

  test('[AG-11 no-match] [AG-14 refused] [AG-16 reasons] or is refused in the same words', async () => {
    expect(refused.length).toBeGreaterThan(15);
    for (const one of refused) {
      const made = await build(one);
      const words = typeof made === 'string' ? made : 'it was built';
      expect(words.replace(OTHER_WORDS, ''), words).toBe(one.error?.replace(OTHER_WORDS, ''));
    }
  });
});
