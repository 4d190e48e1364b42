import { loadBlob } from '../../artifact/blobs.ts';
import { fetchOnce, type Packed } from '../../artifact/once.ts';
import { sha256Hex } from '../../core/digests.ts';
import { isFault } from '../../core/failures.ts';
import { DEFAULT_CHART_LIMITS } from '../../helm/chart/chart.ts';
import { readChartMetadata } from '../../helm/chart/read-archive.ts';
import type { Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
import { type Fetched, fetchShared, type Shared, sharingKey } from '../source/share.ts';
import type { Candidate } from './decide.ts';
import type { FoundDependency } from './find-dependencies.ts';
import type { LocalChart } from './local.ts';
import type { PickedChart } from './repository.ts';
import { type Result, Unbuilt } from './trouble.ts';

/** Which values files are merged into a chart. */
export interface ValuesRules {
  readonly files: readonly string[];
  readonly ignoreMissing: boolean;
}

/** What is told of a chart of a repository besides its bytes. */
export interface ChartFacts {
  /** The values files that changed it. */
  readonly valuesFiles: readonly string[];
}

/** What is told of a chart of a source besides its bytes. */
export interface LocalFacts extends ChartFacts {
  /** Dependencies that were added. */
  readonly dependencies: number;
}

/** What all objects of the fleet share that take the same chart from a repository, and make `version` of it by the same rules; undefined where nobody else is who asks. */
export async function sharedChart(
  picked: PickedChart,
  version: string,
  { files, ignoreMissing }: ValuesRules,
): Promise<Shared | undefined> {
  const access = await picked.identity();
  if (access === undefined) return undefined;
  const rules = { files, ignoreMissing: files.length > 0 && ignoreMissing };
  return { kind: 'HelmChart', url: picked.url, access, of: [picked.version, version], rules };
}

/**
 * The same of a chart in a source: its bytes decide, of which the object's own cluster has a pointer, and what was found
 * of its dependencies, each as whom its repository knows us.
 */
export function sharedBuild(
  { digest, path }: LocalChart,
  { version, isPackaged }: Candidate,
  { files, ignoreMissing }: ValuesRules,
  found: readonly FoundDependency[],
): Shared | undefined {
  const access = found.flatMap((one) => (one.from === 'source' ? [] : [one.identity]));
  if (access.includes(undefined)) return undefined;
  const versions = found.map((one) => (one.from === 'source' ? null : one.picked.version));
  const rules = [files, files.length > 0 && ignoreMissing, isPackaged, versions];
  return { kind: 'HelmChart of a source', url: path, access, of: [digest, version], rules };
}

/** Builds once for all of the fleet; trouble is nobody else's. Faults: those of `build`, of which `too-large` of small work only means that it is large. Throws Postponed. */
export async function buildOnce<Facts>(
  shared: Shared | undefined,
  scope: Scope,
  build: (size: Size) => Promise<Result<Fetched<Facts>>>,
  isLarge = false,
): Promise<Result<Packed<Facts>>> {
  try {
    const found = await fetchShared<Facts>(
      shared,
      scope,
      async (size) => {
        const built = await build(size);
        if ('trouble' in built) throw new Unbuilt(built);
        return built.found;
      },
      isLarge,
    );
    return { found };
  } catch (error) {
    if (error instanceof Unbuilt) return { trouble: error.trouble };
    throw error;
  }
}

/** The archive of a chart that goes into another, downloaded once for all of the fleet; what is no chart is told to nobody else. Faults: those of `download` and of the store. */
export async function archiveOf(picked: PickedChart, scope: Scope): Promise<Uint8Array> {
  const { store, clock } = scope.ports;
  const shared = await sharedChart(picked, picked.version, { files: [], ignoreMissing: false });
  if (shared === undefined) return picked.download('large');
  // In the room that the build has.
  const options = { store, clock, signal: scope.signal };
  const { body, digest } = await fetchOnce<ChartFacts>(sharingKey(shared, scope), options, async () => {
    const bytes = await picked.download('large');
    const { ok } = await readChartMetadata(bytes, DEFAULT_CHART_LIMITS);
    return ok ? archived(bytes) : { ...archived(bytes), alone: true };
  });
  if (body !== undefined) return body;
  try {
    return (await loadBlob(store, digest)).body;
  } catch (error) {
    if (isFault(error, 'not-found', 'malformed')) return picked.download('large');
    throw error;
  }
}

/** An archive as it came. */
export function archived(body: Uint8Array): Fetched<ChartFacts> {
  const digest = `sha256:${sha256Hex(body)}`;
  return { body, digest, size: body.byteLength, facts: { valuesFiles: [] } };
}
