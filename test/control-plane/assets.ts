import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory as cacheFor } from '../servers/cache.ts';

/** The programs of a Kubernetes control plane, by the names that KUBEBUILDER_ASSETS uses. */
export const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;

/** One of the control plane's programs. */
export type Program = (typeof PROGRAMS)[number];

/** Where the programs lie: absolute paths, and who put them there. */
export interface Assets {
  readonly from: 'KUBEBUILDER_ASSETS' | 'cache';
  readonly directory: string;
  readonly paths: Readonly<Record<Program, string>>;
}

/** What to tell someone whose assets() are undefined. */
export const HOW_TO_BUILD =
  'the Kubernetes control plane is not built: npm run control-plane (once, needs Go), or set KUBEBUILDER_ASSETS';

/** The Go module that pins the programs' versions. */
export const moduleDirectory = join(import.meta.dirname, 'module');

/** The folder outside the project that holds the programs built from this very go.mod and go.sum. */
export function cacheDirectory(): string {
  const pins = ['go.sum', 'go.mod'].map((file) => readFileSync(join(moduleDirectory, file)));
  return cacheFor('control-plane', ...pins);
}

/** The programs that are ready to run, KUBEBUILDER_ASSETS first; undefined when `npm run control-plane` is due. */
export function assets(): Assets | undefined {
  const given = process.env.KUBEBUILDER_ASSETS;
  return (given ? complete(given, 'KUBEBUILDER_ASSETS') : undefined) ?? complete(cacheDirectory(), 'cache');
}

function complete(directory: string, from: Assets['from']): Assets | undefined {
  const path = (program: Program) => join(directory, program);
  if (!PROGRAMS.every((program) => existsSync(path(program)))) return undefined;
  return {
    from,
    directory,
    paths: {
      etcd: path('etcd'),
      'kube-apiserver': path('kube-apiserver'),
      'kube-controller-manager': path('kube-controller-manager'),
    },
  };
}
