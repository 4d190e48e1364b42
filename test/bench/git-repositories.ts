import { createCipheriv } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommitFile, commit, createRepository, git } from '../servers/git-http.ts';

/** How a generated repository looks. */
export interface RepositoryShape {
  readonly name: string;
  readonly files: number;
  /** Commits of history behind the one that is fetched. */
  readonly history: number;
  /** Share of files that are images and archives, which do not compress and are ignored by default. */
  readonly binaries: number;
  /** Of an image, mean; 40 KB when absent. */
  readonly binaryBytes?: number;
}

/** Sizes of a small application, of a tool with its documentation, of a large monorepo, and of a website with its pictures. */
export const SHAPES: readonly RepositoryShape[] = [
  { name: 'small', files: 200, history: 10, binaries: 0.02 },
  { name: 'medium', files: 750, history: 10, binaries: 0.02 },
  { name: 'large', files: 5000, history: 5, binaries: 0.01 },
  { name: 'pictures', files: 800, history: 2, binaries: 0.5, binaryBytes: 250_000 },
];

const WORDS =
  'apiVersion kind metadata name namespace labels spec replicas selector template containers image ports resources ' +
  'limits requests memory cpu probe path volume mount secret config value default enabled service ingress host rules ' +
  'http backend port number type cluster policy role binding subject account group version function return import const';

/** Creates the repository under `root`, repacked with deltas; the same bytes on every machine. */
export async function generateRepository(root: string, shape: RepositoryShape): Promise<string> {
  const directory = await createRepository(root, shape.name);
  const random = generator(shape.files);
  const paths = Array.from({ length: shape.files }, (_, index) => pathOf(index, random, shape));
  const files: Record<string, CommitFile> = {};
  for (const path of paths) files[path] = contentOf(path, random, shape);
  await commit(directory, files, 'Import everything');
  for (let step = 0; step < shape.history; step++) {
    const touched = paths[Math.floor(random() * paths.length)] ?? 'README.md';
    await commit(directory, { [touched]: contentOf(touched, random, shape) }, `Change ${touched}`);
  }
  // Nothing is found in noise, however long it is looked for.
  await git(directory, ['gc', '--quiet', ...(shape.binaryBytes ? [] : ['--aggressive'])]);
  return join(root, `${shape.name}.git`);
}

/** Bare repositories under `from`, borrowed into `root` with the branch `main` where their HEAD is; they stay as they are. */
export async function borrowRepositories(root: string, from: string): Promise<readonly string[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.git')).sort();
  for (const name of names) {
    const directory = join(root, name);
    await git(root, [
      'clone',
      '--quiet',
      '--bare',
      '--shared',
      '--single-branch',
      join(from, name),
      directory,
    ]);
    const head = await git(directory, ['rev-parse', 'HEAD']);
    await git(directory, ['update-ref', 'refs/heads/main', head]);
    await git(directory, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
    await git(directory, ['config', 'uploadpack.allowFilter', 'true']);
  }
  return names.map((name) => name.slice(0, -'.git'.length));
}

function pathOf(index: number, random: () => number, { binaries }: RepositoryShape): string {
  const depth = 1 + Math.floor(random() * 4);
  const folders = Array.from(
    { length: depth },
    (_, level) => `${pick(random)}-${(index >> (3 + level)) % 40}`,
  );
  const kinds = ['yaml', 'yaml', 'yaml', 'go', 'md', 'json'] as const;
  const extension = random() < binaries ? 'png' : kinds[Math.floor(random() * kinds.length)];
  return [...folders, `${pick(random)}-${index}.${extension}`].join('/');
}

/** Mostly 1 to 6 KB of words, some of 20 KB; images are noise of half to one and a half times their mean. */
function contentOf(
  path: string,
  random: () => number,
  { binaryBytes = 40_000 }: RepositoryShape,
): CommitFile {
  if (path.endsWith('.png')) return noise(Math.floor(binaryBytes * (0.5 + random())), random);
  const lines = random() < 0.03 ? 600 : 30 + Math.floor(random() * 150);
  const text: string[] = [];
  for (let line = 0; line < lines; line++) {
    const indent = '  '.repeat(Math.floor(random() * 5));
    const value = random() < 0.3 ? Math.floor(random() * 1e9).toString(36) : pick(random);
    text.push(`${indent}${pick(random)}: ${value} ${random() < 0.4 ? pick(random) : ''}`);
  }
  return text.join('\n');
}

function noise(size: number, random: () => number): Uint8Array {
  const key = Buffer.alloc(16, String(random()));
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

const words = WORDS.split(' ');

function pick(random: () => number): string {
  return words[Math.floor(random() * words.length)] ?? 'name';
}

/** A linear congruential generator: the same repositories everywhere. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
