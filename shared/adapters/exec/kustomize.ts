import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/failures.ts';
import { MAX_BUILD_YAML_CHARACTERS } from '../../core/yaml.ts';
import type { Exec, FileTree } from '../../ports.ts';
import { type ChildLimits, type ChildResult, runChild } from './child.ts';
import { errorText, isOutOfMemory } from './error-text.ts';
import { type BinaryOptions, findKustomize, type KustomizeBinary } from './kustomize-binary.ts';
import { withPrivateDirectory, writeTree } from './private-directory.ts';
import { semaphore } from './semaphore.ts';

/** Below `render`'s 90 seconds; a build of 1000 objects takes 1.5 s. */
export const KUSTOMIZE_DEADLINE_MILLISECONDS = 60_000;

/** As much YAML as is read of one build. */
export const MAX_KUSTOMIZE_OUTPUT_BYTES = MAX_BUILD_YAML_CHARACTERS;

/** A build of 1000 Deployments peaks at 110 MB. */
export const MAX_KUSTOMIZE_MEMORY_BYTES = 1024 * 1024 * 1024;

/** Builds at once in one process: each may take a core and the memory above. */
export const KUSTOMIZE_AT_ONCE = 2;

/** Where kustomize is, and other limits than the defaults. */
export interface KustomizeOptions extends BinaryOptions {
  readonly limits?: Partial<ChildLimits>;
}

/** The real kustomize in a child process: a private directory, an empty environment, kernel limits on memory and CPU time, a deadline. */
export function kustomizeExec(options: KustomizeOptions): Exec {
  const limits: ChildLimits = {
    deadlineMilliseconds: KUSTOMIZE_DEADLINE_MILLISECONDS,
    outputBytes: MAX_KUSTOMIZE_OUTPUT_BYTES,
    memoryBytes: MAX_KUSTOMIZE_MEMORY_BYTES,
    ...options.limits,
  };
  const slots = semaphore(KUSTOMIZE_AT_ONCE);
  let binary: Promise<KustomizeBinary> | undefined;
  const found = async () => {
    binary ??= findKustomize(options);
    try {
      return await binary;
    } catch (error) {
      binary = undefined;
      throw error;
    }
  };
  return {
    async kustomize(tree, path, signal) {
      const program = await found();
      return slots(() =>
        withPrivateDirectory((directory) => build(program, directory, { tree, path }, limits, signal)),
      );
    },
  };
}

async function build(
  program: KustomizeBinary,
  directory: string,
  input: { readonly tree: FileTree; readonly path: string },
  limits: ChildLimits,
  signal: AbortSignal,
): Promise<string> {
  const root = join(directory, 'tree');
  const home = join(directory, 'home');
  await mkdir(root, { mode: 0o700 });
  await mkdir(home, { mode: 0o500 });
  await writeTree(root, input.tree);
  const result = await runChild({
    file: program.file,
    arguments: program.arguments,
    directory: workingDirectory(root, input),
    environment: { HOME: home, PATH: home, GOMEMLIMIT: String(limits.memoryBytes) },
    limits,
    signal,
  });
  return outcome(result, root, limits);
}

function workingDirectory(root: string, input: { readonly tree: FileTree; readonly path: string }): string {
  const path = input.path.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
  if (path === '' || path === '.') return root;
  const known = [...input.tree.keys()].some((file) => file.startsWith(`${path}/`));
  if (!known) throw new Fault('invalid', `no directory ${path} in the tree`, { path });
  return join(root, path);
}

function outcome(result: ChildResult, root: string, limits: ChildLimits): string {
  if (result.code === 0) return result.stdout;
  if (isOutOfMemory(result.stderr)) {
    throw new Fault('too-large', `kustomize needs more than ${limits.memoryBytes} bytes of memory`);
  }
  if (result.code === null) {
    throw new Fault(result.killedBy === 'SIGXCPU' ? 'timeout' : 'too-large', `killed by ${result.killedBy}`);
  }
  throw new Fault('invalid', errorText(result.stderr, root), { exitCode: result.code });
}
