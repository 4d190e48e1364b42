import type { ArtifactGenerator } from '../../api/artifact-generator.ts';
import { specProblem } from '../../artifact/generator/validate.ts';
import { artifactPath, type StoredState, verifyStored } from '../../artifact/store.ts';
import { conditionOf } from '../../core/conditions.ts';
import { inParallel } from '../../core/together.ts';
import type { Scope } from '../reconciler.ts';
import { suspectedCircle } from './circle.ts';
import { driftOfStatus, type Kept, type Seen } from './decide.ts';
import { isDisabled } from './disabled.ts';
import { listExternals, ownerOf } from './externals.ts';
import { readSources } from './source-objects.ts';

/** Up to this size, bytes, a stored file is held against its digest at every visit. */
const VERIFIED_BYTES = 8 * 1024 * 1024;
/** Stored files that are looked at at a time. */
const AT_ONCE = 8;

/** Reads what the decision rests on, cheap things first, and stops where it is clear. */
export async function observe(object: ArtifactGenerator, scope: Scope): Promise<Seen> {
  const none: Seen = {
    now: scope.ports.clock.now(),
    ready: conditionOf(object.status?.conditions, 'Ready'),
    ...{ problem: undefined, unready: undefined, sources: new Map(), kept: 'whole', externals: [] },
    urlOf: (path) => scope.ports.artifactUrl(scope.record.id, path),
  };
  if (isDisabled(object)) return none;
  const problem = specProblem(object, scope.record.settings.profile === 'lockdown');
  if (problem !== undefined) return { ...none, problem };
  const sources = await readSources(object, scope);
  if ('unready' in sources) return { ...none, unready: sources.unready };
  const seen = { ...none, sources: sources.found };
  const drift = driftOfStatus(object, sources.found);
  const circle = drift === 'SourcesChanged' ? await suspectedCircle(object, scope) : undefined;
  if (drift !== undefined) return { ...seen, ...(circle && { circle }) };
  const externals = await listExternals(object, scope);
  return { ...seen, externals, kept: await keptFiles(object, scope) };
}

/** Of the inventory's files, the worst that is found of one. */
async function keptFiles({ status, metadata }: ArtifactGenerator, scope: Scope): Promise<Kept> {
  const found = new Set<StoredState>();
  const own = (status?.inventory ?? []).filter(({ namespace }) => namespace === metadata.namespace);
  await inParallel(own, AT_ONCE, async ({ name, namespace, digest, filename }) => {
    const owner = ownerOf({ name, namespace }, scope);
    const artifact = { path: artifactPath(owner, filename), digest };
    found.add(await verifyStored(scope.ports.store, owner, artifact, VERIFIED_BYTES));
  });
  if (found.has('missing')) return 'missing';
  return found.has('mismatch') ? 'corrupted' : 'whole';
}
