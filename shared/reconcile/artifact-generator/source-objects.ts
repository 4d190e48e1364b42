import type { ArtifactGenerator, SourceReference } from '../../api/artifact-generator.ts';
import type { Artifact } from '../../api/meta.ts';
import { API_VERSION, GROUP } from '../../api/vocabulary.ts';
import type { Directory } from '../../artifact/directory.ts';
import { downloadArtifact } from '../../artifact/external.ts';
import type { Budget } from '../../artifact/generator/budget.ts';
import type { Sources } from '../../artifact/generator/copy.ts';
import { unpackSource } from '../../artifact/generator/extract.ts';
import type { ObservedSources } from '../../artifact/generator/observed-sources.ts';
import { DEFAULT_LIMITS } from '../../artifact/limits.ts';
import { loadPacked } from '../../artifact/store.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';
import { inParallel } from '../../core/together.ts';
import type { Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';

/** Sources that are read at a time. */
const AT_ONCE = 8;

/** The artifacts of a generator's sources by alias, or why one of them has none. */
export async function readSources(
  { spec, metadata }: ArtifactGenerator,
  scope: Scope,
): Promise<{ readonly found: ObservedSources } | { readonly unready: string }> {
  const found = new Map<string, Artifact>();
  const unready = new Map<string, string>();
  await inParallel(spec.sources, AT_ONCE, async (source) => {
    const wanted = sourceOf(source, metadata.namespace);
    const object = await getIfServed(scope.cluster, { apiVersion: API_VERSION.source, ...wanted });
    const artifact = (object as { status?: { artifact?: Artifact } } | undefined)?.status?.artifact;
    if (artifact !== undefined) found.set(source.alias, artifact);
    else unready.set(source.alias, object === undefined ? notFound(source) : notReady(wanted));
  });
  const first = spec.sources.find(({ alias }) => unready.has(alias));
  return first === undefined ? { found } : { unready: unready.get(first.alias) ?? '' };
}

/** As upstream's cache says it: by the kind, where an API server names the resource. */
function notFound({ kind, name }: SourceReference): string {
  return `${kind}.${GROUP.source} "${name}" not found`;
}

function notReady(source: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `source '${source.kind}/${namespacedName(source)}' is not ready`;
}

/** The files of the sources, one after the other: each is packed and unpacked in memory for a moment. Faults say which, and why. */
export async function loadSources(
  { spec, metadata }: ArtifactGenerator,
  observed: ObservedSources,
  budget: Budget,
  scope: Scope,
): Promise<Sources> {
  const sources = new Map<string, Directory>();
  const loaded = new Map<string, Directory>();
  for (const { alias, ...reference } of spec.sources) {
    const artifact = observed.get(alias);
    if (artifact === undefined) continue;
    const wanted = sourceOf(reference, metadata.namespace);
    const key = `${wanted.kind}/${namespacedName(wanted)}`;
    const tree = loaded.get(key) ?? (await loadSource(key, wanted, artifact, budget, scope));
    loaded.set(key, tree);
    sources.set(alias, tree);
  }
  return sources;
}

async function loadSource(
  title: string,
  source: { readonly kind: string; readonly namespace: string; readonly name: string },
  artifact: Artifact,
  budget: Budget,
  scope: Scope,
): Promise<Directory> {
  const bytes = await packedBytes(source, artifact, scope);
  if (bytes === undefined) throw new Fault('not-found', `artifact of ${title} not found`);
  if (bytes.length > DEFAULT_LIMITS.packBytes)
    throw new Fault('too-large', `artifact of ${title} is larger than ${DEFAULT_LIMITS.packBytes} bytes`);
  try {
    return unpackSource(bytes, budget);
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `artifact of ${title}: ${error.message}`, error.data);
  }
}

async function packedBytes(
  source: { readonly kind: string; readonly namespace: string; readonly name: string },
  artifact: Artifact,
  scope: Scope,
): Promise<Uint8Array | undefined> {
  const { ports, record, signal } = scope;
  try {
    return await loadPacked(ports.store, { cluster: record.id, ...source }, artifact);
  } catch (error) {
    if (!isFault(error, 'not-found')) throw error;
    if (source.kind !== 'ExternalArtifact') return undefined;
    const http = ports.http(record.settings.profile);
    return downloadArtifact(source, artifact, { http, clock: ports.clock, signal });
  }
}
