import type { HelmRepository, HelmRepositorySpec, HelmRepositoryStatus } from '../../api/helm-repository.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { noteOrigin } from '../../artifact/store.ts';
import { parseDuration } from '../../core/durations.ts';
import { isOciUrl } from '../../helm/repository-url.ts';
import type { EventDraft, Progress, Reconciled, Reconciler, Scope } from '../reconciler.ts';
import { keepArtifact, mismatch, removeSource, tendArtifacts } from '../source/artifacts.ts';
import { ownerOf } from '../source/owner.ts';
import { isLost } from '../source/seen.ts';
import { progressing } from '../source/status.ts';
import { wakeCharts } from '../wake-charts.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { migrate } from './migrate.ts';
import { observe, type SeenAll } from './observe.ts';
import { completed, intervalText, isOci, type WithInterval } from './static.ts';

type Object = Reconciled<HelmRepositorySpec, HelmRepositoryStatus>;

/** HelmRepository: the index of a repository of charts becomes an artifact. */
export const helmRepository: Reconciler<HelmRepositorySpec, HelmRepositoryStatus, SeenAll, Plan, Report> = {
  apiVersion: API_VERSION.source,
  kind: 'HelmRepository',
  manager: { status: FIELD_MANAGER.source, component: FIELD_MANAGER.source },
  finalizer: FINALIZER,
  intervalOf: (spec) => parseDuration(intervalText(spec)),
  async passOver(object, scope) {
    if (!isOci(object)) return false;
    await migrate(typed(object), scope);
    return true;
  },
  observe: (object, scope) => observe(typed(object), scope),
  decide: (object, seen) => decide(typed(object), seen),
  act: (object, plan, seen, scope, progress) => act(typed(object), plan, seen, scope, progress),
  conclude: (object, plan, seen, report, hops) => conclude(typed(object), plan, seen, report, hops),
  repositoryOf: ({ url }) => (isOciUrl(url) ? undefined : url),
  remove: (object, scope) => removeSource(typed(object), scope),
  // Nobody applies an index.
  fanOut: wakeCharts,
};

function typed(object: Object): Reconciled<HelmRepositorySpec, HelmRepositoryStatus> & WithInterval {
  return completed(object as Object & HelmRepository) as Object & WithInterval;
}

async function act(
  object: WithInterval,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<HelmRepositoryStatus>,
): Promise<Report> {
  if (plan.do === 'keep') return keep(object, seen, scope);
  if (plan.do !== 'store' || seen.index === undefined) return { kind: 'nothing', events: [] };
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  const { revision } = plan;
  const news = `new index revision '${revision}'`;
  const why = isLost(seen) ? 'building artifact: disappeared from storage' : `building artifact: ${news}`;
  await progress(() => progressing(object, { revision, why, news }, seen));
  const { facts, alone: _alone, ...packed } = seen.index;
  const file = `index-${revision.slice('sha256:'.length)}.yaml`;
  const report = await keepArtifact(
    object,
    { file, revision, ...packed, origin: facts.origin },
    seen.now,
    scope,
  );
  return { ...report, events: [...events, ...report.events] };
}

async function keep(object: WithInterval, seen: SeenAll, scope: Scope): Promise<Report> {
  const { path } = object.status?.artifact ?? {};
  if (path !== undefined && seen.origin !== undefined)
    await noteOrigin(scope.ports.store, ownerOf(object, scope), path, seen.origin);
  return { kind: 'nothing', events: await tendArtifacts(object, seen.now, scope) };
}
