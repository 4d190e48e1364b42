import { globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { zipOf } from './deploy/zip.ts';

const ROOT = join(import.meta.dirname, '..');

/** A built function: the file that starts it, and the archive that is deployed, which also holds what is loaded when it is first needed. */
export interface Bundle {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly archive: string;
  /** Of what Lambda loads before the first invocation. */
  readonly bytes: number;
  /** Of what is loaded later, or never. */
  readonly laterBytes: number;
  /** The packages in what is loaded first, and their bytes, the largest first. */
  readonly packages: readonly (readonly [name: string, bytes: number])[];
}

/** Bundles each file of `functions/lambda/` for Node 24 into `<directory>/functions/<name>/index.mjs`, with parts for what is imported when it is needed, and `<name>.zip`; the maps lie beside, for people. */
export async function bundleAll(directory: string = join(ROOT, 'dist')): Promise<readonly Bundle[]> {
  const target = join(directory, 'functions');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const entries = globSync('functions/lambda/*.ts', { cwd: ROOT }).sort();
  return Promise.all(entries.map((entry) => bundle(join(ROOT, entry), target)));
}

/** Zod brings its messages in 50 languages, a quarter of a megabyte, of which English is the default. */
const onlyEnglish: Plugin = {
  name: 'only English',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

async function bundle(entry: string, target: string): Promise<Bundle> {
  const name = basename(entry, '.ts');
  const file = join(target, name, 'index.mjs');
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outdir: join(target, name),
    entryNames: 'index',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    bundle: true,
    write: false,
    minify: true,
    treeShaking: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    conditions: ['module', 'import', 'node'],
    sourcemap: 'external',
    metafile: true,
    legalComments: 'none',
    plugins: [onlyEnglish],
    // Native parts that ssh2 uses where they were built, and does without.
    external: ['cpu-features', '*.node'],
    // Packages in CommonJS ask for Node's modules by `require`.
    banner: {
      js: "import{createRequire as requireOfNode}from'node:module';const require=requireOfNode(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await mkdir(join(target, name), { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  const code = new Map(
    outputFiles
      .filter(({ path }) => path.endsWith('.mjs'))
      .map(({ path, contents }) => [basename(path), contents] as const)
      .sort(),
  );
  const archive = join(target, `${name}.zip`);
  await writeFile(archive, zipOf(code));
  const first = loadedFirst(metafile);
  const sizeOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, each) => sum + (code.get(each)?.byteLength ?? 0), 0);
  const inputs = Object.entries(metafile.outputs)
    .filter(([path]) => first.has(basename(path)))
    .flatMap(([, output]) => Object.entries(output.inputs));
  const bytes = sizeOf(first);
  return {
    name,
    file,
    archive,
    bytes,
    laterBytes: sizeOf(code.keys()) - bytes,
    packages: packagesOf(inputs),
  };
}

/** The names of the entry and of what it imports in turn, but for what it imports when it needs it. */
function loadedFirst({ outputs }: Metafile): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (output === undefined || found.has(basename(path))) return;
    found.add(basename(path));
    for (const { path: imported, kind } of output.imports) if (kind !== 'dynamic-import') visit(imported);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (entryPoint !== undefined && basename(path) === 'index.mjs') visit(path);
  return found;
}

function packagesOf(
  inputs: readonly (readonly [path: string, { readonly bytesInOutput: number }])[],
): readonly (readonly [string, number])[] {
  const sizes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of inputs) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'sluice';
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].toSorted(([, one], [, other]) => other - one);
}
