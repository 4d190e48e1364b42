import type { HelmChart } from '../../api/helm-chart.ts';
import { areLarge } from '../../artifact/limits.ts';
import { loadArtifact } from '../../artifact/store.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { DEFAULT_CHART_LIMITS, type Outcome } from '../../helm/chart/chart.ts';
import { localPath } from '../../helm/chart/name.ts';
import { hasLock, kindOfPath, readTreeMetadata } from '../../helm/chart/read-tree.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
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
  /** The whole source. Faults: the store's. */
  tree(): Promise<FileTree>;
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
  let loaded: Promise<FileTree> | undefined;
  const tree = (): Promise<FileTree> => {
    loaded ??= loadArtifact(store, owner, artifact);
    return loaded;
  };
  try {
    // The digest says what is in it: it need not be unpacked at each interval.
    const key = JSON.stringify([artifact.digest, path.value]);
    const facts = await remembered(store, key, async () => factsOf(await tree(), path.value));
    if (!facts.ok) return buildTrouble('InvalidChartReference', facts.problem.message);
    const { digest } = artifact;
    const isLarge = areLarge([artifact]);
    return { found: { ...facts.value, digest, isLarge, path: path.value, tree } };
  } catch (error) {
    if (!isFault(error)) throw error;
    return otherTrouble('Failed', `artifact untar error: ${messageOf(error)}`);
  }
}

async function factsOf(tree: FileTree, path: string): Promise<Outcome<LocalFacts>> {
  const metadata = await readTreeMetadata(tree, path, DEFAULT_CHART_LIMITS);
  if (!metadata.ok) return metadata;
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
