import type { OCIRepository, OCIRepositorySpec, OCIRepositoryStatus } from '../../api/oci-repository.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import type { EventDraft, Progress, Reconciled, Reconciler, Scope } from '../reconciler.ts';
import { afterRun } from '../source/after-run.ts';
import { keepArtifact, mismatch, removeSource, sweepWhenDue } from '../source/artifacts.ts';
import { isLost } from '../source/seen.ts';
import { progressing } from '../source/status.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, newsOf, type Plan } from './decide.ts';
import { observe, type SeenAll } from './observe.ts';
import { pull } from './pull.ts';
import { verifyArtifact } from './verify.ts';

type Object = Reconciled<OCIRepositorySpec, OCIRepositoryStatus> & OCIRepository;
type Opened = NonNullable<SeenAll['opened']>;

/** OCIRepository: a layer of an artifact in a registry becomes an artifact. */
export const ociRepository: Reconciler<OCIRepositorySpec, OCIRepositoryStatus, SeenAll, Plan, Report> = {
  apiVersion: API_VERSION.source,
  kind: 'OCIRepository',
  manager: { status: FIELD_MANAGER.source, component: FIELD_MANAGER.source },
  finalizer: FINALIZER,
  intervalOf: (spec) => parseDuration(spec.interval),
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: (object, plan, seen, scope, progress) => act(object as Object, plan, seen, scope, progress),
  conclude: (object, plan, seen, report, hops) => conclude(object as Object, plan, seen, report, hops),
  repositoryOf: ({ url }) => url,
  remove: (object, scope) => removeSource(object as Object, scope),
  fanOut: (object, _before, scope) => afterRun(object as Object, scope),
};

async function act(
  object: OCIRepository,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<OCIRepositoryStatus>,
): Promise<Report> {
  const { opened } = seen;
  if (plan.do === 'fail' || plan.do === 'nothing' || opened === undefined)
    return { kind: 'nothing', verified: 'before', events: [] };
  if (plan.do === 'keep') return keep(object, plan, opened, seen, scope);
  const { remote, why } = plan;
  const isNew = object.status?.artifact?.revision !== remote.revision && !isLost(seen);
  const fetching = { revision: remote.revision, why, ...(isNew && { news: newsOf(remote) }) };
  await progress(() => progressing(object, fetching, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  const verdict = await verdictOf(object, plan, opened, scope);
  if ('trouble' in verdict) return { kind: 'failed', trouble: verdict.trouble, events };
  const pulled = await pull(object, remote, opened.registry);
  if ('trouble' in pulled) return { kind: 'failed', trouble: pulled.trouble, events };
  const report = await keepArtifact(object, pulled.artifact, seen.now, scope);
  const all = [...events, ...report.events];
  return report.kind === 'failed' ? { ...report, events: all } : { ...report, ...verdict, events: all };
}

async function keep(
  object: OCIRepository,
  plan: Plan & { readonly do: 'keep' },
  opened: Opened,
  seen: SeenAll,
  scope: Scope,
): Promise<Report> {
  const verdict = await verdictOf(object, plan, opened, scope);
  if ('trouble' in verdict) return { kind: 'failed', trouble: verdict.trouble, events: [] };
  return { kind: 'nothing', ...verdict, events: await sweepWhenDue(object, seen.now, scope) };
}

function verdictOf(
  object: OCIRepository,
  plan: Plan & { readonly do: 'keep' | 'fetch' },
  opened: Opened,
  scope: Scope,
) {
  if (plan.verify) return verifyArtifact(object, plan.remote, opened, scope);
  const verified = object.spec.verify === undefined ? ('nothing' as const) : ('before' as const);
  return Promise.resolve({ verified });
}
