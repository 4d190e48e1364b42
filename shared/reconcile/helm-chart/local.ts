import type { HelmChart } from '../../api/helm-chart.ts';
import { areLarge, limitsFor } from '../../artifact/limits.ts';
import { loadArtifact } from '../../artifact/store.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { chartLimitsFor, type Outcome } from '../../helm/chart/chart.ts';
import { localPath } from '../../helm/chart/name.ts';
import { hasLock, kindOfPath, readTreeMetadata } from '../../helm/chart/read-tree.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { hasOutgrown, inRoom, noteOutgrown, type Size } from '../room.ts';
import { remembered } from './known-picks.ts';
import type { ChartSource } from './source.ts';
import { buildTrouble, otherTrouble, type Result } from './trouble.ts';

type TreeSource = ChartSource & { readonly kind: 'GitRepository' | 'Bucket' };

interface LocalFacts {
  readonly name: string;
  readonly version: string;
  readonly isFolder: boolean;
  /** Whether dependencies can be missing: it names some, and could have them beside it. */
  readonly mayLack: boolean;
}

/** A chart in the artifact of a GitRepository or a Bucket. */
export interface LocalChart extends LocalFacts {
  /** Of the source's packed files, of which the source's own cluster has a pointer: `sha256:<hex>`. */
  readonly digest: string;
  /** Whether the source is more than is held beside others. */
  readonly isLarge: boolean;
  /** Relative to the root. */
  readonly path: string;
  /** The whole source. Faults: the store's, `too-large`. */
  tree(size: Size): Promise<FileTree>;
}

/** Finds the chart at `spec.chart`, and what it calls itself. */
export async function openLocal(
  chart: string,
  { owner, artifact }: TreeSource,
  scope: Scope,
): Promise<Result<LocalChart>> {
  const path = localPath(chart);
  if (!path.ok) return buildTrouble('InvalidChartReference', path.problem.message);
  const { store } = scope.ports;
  const { digest } = artifact;
  const isLarge = (): boolean => areLarge([artifact]) || hasOutgrown(scope, digest);
  const tree = (size: Size): Promise<FileTree> => loadArtifact(store, owner, artifact, limitsFor(size));
  const look = () =>
    inRoom(scope, isLarge(), async (size) => {
      if (size === 'large') noteOutgrown(scope, digest);
      return factsOf(await tree(size), path.value, size);
    });
  try {
    // The digest says what is in it: it need not be unpacked at each interval.
    const facts = await remembered(store, JSON.stringify([digest, path.value]), look);
    if (!facts.ok) return buildTrouble('InvalidChartReference', facts.problem.message);
    return { found: { ...facts.value, digest, isLarge: isLarge(), path: path.value, tree } };
  } catch (error) {
    if (!isFault(error)) throw error;
    return otherTrouble('Failed', `artifact untar error: ${messageOf(error)}`);
  }
}

async function factsOf(tree: FileTree, path: string, size: Size): Promise<Outcome<LocalFacts>> {
  const metadata = await readTreeMetadata(tree, path, chartLimitsFor(size));
  if (!metadata.ok) {
    const { code, message } = metadata.problem;
    if (size === 'small' && code === 'too-large') throw new Fault(code, message);
    return metadata;
  }
  const { name, version, dependencies } = metadata.value;
  const isFolder = kindOfPath(tree, path) === 'folder';
  const mayLack = isFolder && (dependencies.length > 0 || hasLock(tree, path));
  return { ok: true, value: { name, version, isFolder, mayLack } };
}

/** What strategy Revision puts into the version: the source's digest in hex (HC-07). */
export function revisionMetadata({ spec }: HelmChart, { revision }: TreeSource): string | undefined {
  if (spec.reconcileStrategy !== 'Revision') return undefined;
  return revision.slice(revision.lastIndexOf(':') + 1);
}
