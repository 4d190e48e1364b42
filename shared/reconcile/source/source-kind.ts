import { API_VERSION, FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { parseDuration } from '../../core/durations.ts';
import type { Outcome, Progress, Reconciled, Reconciler, Scope } from '../reconciler.ts';
import { afterRun } from './after-run.ts';
import { removeSource } from './artifacts.ts';
import type { SourceObject, SourceStatus } from './seen.ts';

/** What a kind of source does itself; `Source` is its object as the API server serves it. */
interface Steps<Source extends SourceObject<Status>, Status extends SourceStatus, Seen, Plan, Report> {
  readonly kind: string;
  observe(object: Source, scope: Scope): Promise<Seen>;
  decide(object: Source, seen: Seen): Plan;
  act(object: Source, plan: Plan, seen: Seen, scope: Scope, progress: Progress<Status>): Promise<Report>;
  conclude(object: Source, plan: Plan, seen: Seen, report: Report, hops: number): Outcome<Status>;
  repositoryOf?(spec: Source['spec']): string | undefined;
}

/** A kind whose artifact others apply, of its own steps and of what all sources have in common. */
export function sourceKind<
  Source extends SourceObject<Status>,
  Status extends SourceStatus,
  Seen,
  Plan,
  Report,
>(steps: Steps<Source, Status, Seen, Plan, Report>): Reconciler<Source['spec'], Status, Seen, Plan, Report> {
  type Object = Reconciled<Source['spec'], Status> & Source;
  return {
    apiVersion: API_VERSION.source,
    kind: steps.kind,
    manager: { status: FIELD_MANAGER.source, component: FIELD_MANAGER.source },
    finalizer: FINALIZER,
    intervalOf: ({ interval }) => parseDuration(interval),
    observe: (object, scope) => steps.observe(object as Object, scope),
    decide: (object, seen) => steps.decide(object as Object, seen),
    act: (object, plan, seen, scope, progress) => steps.act(object as Object, plan, seen, scope, progress),
    conclude: (object, plan, seen, report, hops) =>
      steps.conclude(object as Object, plan, seen, report, hops),
    ...(steps.repositoryOf && { repositoryOf: steps.repositoryOf }),
    remove: (object, scope) => removeSource(object as Object, scope),
    fanOut: (object, before, scope) => afterRun(object as Object, before as Object, scope),
  };
}
