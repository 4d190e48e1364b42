import type { Bucket, BucketSpec, BucketStatus } from '../../api/bucket.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { type PackedBucket, packBucket } from '../../artifact/bucket/pack-bucket.ts';
import { DEFAULT_LIMITS } from '../../artifact/limits.ts';
import { parseDuration } from '../../core/durations.ts';
import type { EventDraft, Progress, Reconciled, Reconciler, Scope } from '../reconciler.ts';
import { afterRun } from '../source/after-run.ts';
import { keepArtifact, mismatch, removeSource, sweepWhenDue } from '../source/artifacts.ts';
import { isLost } from '../source/seen.ts';
import { progressing } from '../source/status.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { downloadTrouble, observe, type SeenAll } from './observe.ts';
import { findableAt } from './place.ts';

type Object = Reconciled<BucketSpec, BucketStatus> & Bucket;

/** Bucket: the objects of an S3 bucket become an artifact. */
export const bucket: Reconciler<BucketSpec, BucketStatus, SeenAll, Plan, Report> = {
  apiVersion: API_VERSION.source,
  kind: 'Bucket',
  manager: { status: FIELD_MANAGER.source, component: FIELD_MANAGER.source },
  finalizer: FINALIZER,
  intervalOf: (spec) => parseDuration(spec.interval),
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: (object, plan, seen, scope, progress) => act(object as Object, plan, seen, scope, progress),
  conclude: (object, plan, seen, report, hops) => conclude(object as Object, plan, seen, report, hops),
  repositoryOf: findableAt,
  remove: (object, scope) => removeSource(object as Object, scope),
  fanOut: (object, _before, scope) => afterRun(object as Object, scope),
};

async function act(
  object: Bucket,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<BucketStatus>,
): Promise<Report> {
  if (plan.do === 'keep') return { kind: 'nothing', events: await sweepWhenDue(object, seen.now, scope) };
  if (plan.do !== 'fetch' || seen.bucket === undefined) return { kind: 'nothing', events: [] };
  await progress(() => progressing(object, { revision: plan.listed.revision, why: plan.why }, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  let packed: PackedBucket;
  try {
    packed = await packBucket(seen.bucket.open(), seen.bucket.indexed, DEFAULT_LIMITS);
  } catch (error) {
    return { kind: 'failed', trouble: downloadTrouble(object, error), events };
  }
  const { files, revision, body, digest } = packed;
  if (object.status?.artifact?.revision === revision && !isLost(seen)) return { kind: 'same', files, events };
  const file = `${revision.slice('sha256:'.length)}.tar.gz`;
  const report = await keepArtifact(object, { file, revision, body, digest }, seen.now, scope);
  const all = [...events, ...report.events];
  return report.kind === 'failed' ? { ...report, events: all } : { ...report, files, events: all };
}
