import type {
  ArtifactGenerator,
  ArtifactGeneratorStatus,
  ExternalArtifactReference,
} from '../../api/artifact-generator.ts';
import type { ExternalArtifact } from '../../api/external-artifact.ts';
import { REASON } from '../../api/vocabulary.ts';
import { type Budget, openBudget } from '../../artifact/generator/budget.ts';
import { type BuiltArtifact, buildArtifact } from '../../artifact/generator/build.ts';
import type { Sources } from '../../artifact/generator/copy.ts';
import { type ArtifactRequest, expandPathPattern } from '../../artifact/generator/path-pattern.ts';
import { areLarge } from '../../artifact/limits.ts';
import { Fault, isFault } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { Progress, Scope } from '../reconciler.ts';
import { asGenerator, asLarge } from '../room.ts';
import { progressing, type Report, type Trouble } from './conclude.ts';
import type { Seen } from './decide.ts';
import { listExternals, removeExternals } from './externals.ts';
import { keepOutput, type Making } from './keep-output.ts';
import { pipeline } from './pipeline.ts';
import { loadSources } from './source-objects.ts';

/** Ours: the time for one run, milliseconds; a worker has 120 s, upstream takes ten minutes (AG-17). The next run goes on where it ended. */
const GENERATE_MS = 90_000;

/** What ended a run. */
class Failure extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.message);
    this.trouble = trouble;
  }
}

/** Makes the artifacts, then removes those that are no longer wanted; one generator of this worker at a time, for the memory. Throws Postponed. */
export async function generate(
  object: ArtifactGenerator,
  seen: Seen,
  scope: Scope,
  progress: Progress<ArtifactGeneratorStatus>,
): Promise<Report> {
  await progress((status) => progressing(object, status, seen));
  const isLarge = areLarge([...seen.sources.values()]);
  const run = () => asGenerator(scope, () => reportOf(object, seen, scope));
  return isLarge ? asLarge(scope, run) : run();
}

async function reportOf(object: ArtifactGenerator, seen: Seen, scope: Scope): Promise<Report> {
  try {
    return { kind: 'generated', inventory: await generateAll(object, seen, scope) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'failed', trouble: error.trouble };
  }
}

async function generateAll(
  object: ArtifactGenerator,
  seen: Seen,
  scope: Scope,
): Promise<readonly ExternalArtifactReference[]> {
  const late = scope.ports.clock.timeout(GENERATE_MS);
  const budget = openBudget();
  const within = { ...scope, signal: AbortSignal.any([scope.signal, late]) };
  const sources = await loadSources(object, seen.sources, budget, within).catch((error: unknown) => {
    // What is too large, or not what it says, is no sooner right for being asked for every 5 s.
    const waits = isFault(error, 'not-found');
    throw failure(error, { reason: REASON.sourceFetchFailed, title: 'fetch sources failed', waits });
  });
  const requests = requestsOf(object, sources, budget);
  const externals = await listExternals(object, scope);
  const live = new Map(externals.map((external) => [external.metadata.name, external]));
  const areSpoilt = seen.kept === 'corrupted';
  const making: Making = { object, sources: seen.sources, live, areSpoilt, now: seen.now };
  const inventory = new Map<string, ExternalArtifactReference>();
  await pipeline(
    requests,
    async (request) => {
      if (scope.signal.aborted) throw new Fault('timeout', 'the time of this worker is over');
      return { ...(await build(request, sources, budget, late)), request };
    },
    async ({ request, ...built }) => {
      const { name } = request.output;
      const kept = await keepOutput(making, request, built, scope).catch((error: unknown) => {
        throw failure(error, { reason: REASON.reconciliationFailed, title: `${name} reconcile failed` });
      });
      inventory.set(name, kept);
    },
  );
  await removeOrphans(object, externals, inventory, scope);
  return requests.flatMap(({ output }) => inventory.get(output.name) ?? []);
}

function requestsOf(
  { spec }: ArtifactGenerator,
  sources: Sources,
  budget: Budget,
): readonly ArtifactRequest[] {
  const { pathPattern, artifacts } = spec;
  if (!pathPattern) return artifacts.map((output) => ({ output, labels: {} }));
  try {
    return expandPathPattern(pathPattern, artifacts, sources, budget);
  } catch (error) {
    const title = 'failed to expand path pattern';
    throw failure(error, { reason: REASON.buildFailed, title, stalling: true });
  }
}

async function build(
  { output }: ArtifactRequest,
  sources: Sources,
  budget: Budget,
  late: AbortSignal,
): Promise<BuiltArtifact> {
  const title = `${output.name} build failed`;
  if (late.aborted) {
    const message = `${title}: the generator takes more than ${GENERATE_MS / 1000} s, and goes on from here: split it`;
    throw new Failure({ reason: REASON.buildFailed, message });
  }
  return buildArtifact(output, sources, budget).catch((error: unknown) => {
    throw failure(error, { reason: REASON.buildFailed, title });
  });
}

/** What the inventory knows, or an earlier run made and did not tell, and is not made any more (AG-10). */
function removeOrphans(
  object: ArtifactGenerator,
  externals: readonly ExternalArtifact[],
  inventory: ReadonlyMap<string, unknown>,
  scope: Scope,
): Promise<void> {
  const known = [...(object.status?.inventory ?? []), ...externals.map(({ metadata }) => metadata)];
  return removeExternals(
    object,
    known.filter(({ name }) => !inventory.has(name)),
    scope,
  );
}

/** Faults become the run's trouble, anything else stays what it is. */
function failure(
  error: unknown,
  { title, ...trouble }: Omit<Trouble, 'message'> & { title: string },
): unknown {
  if (!isFault(error)) return error;
  return new Failure({ ...trouble, message: `${title}: ${redact(error.message)}` });
}
