import type { Bucket, BucketStatus } from '../../api/bucket.ts';
import type { Packed } from '../../artifact/once.ts';
import type { EventDraft, Progress, Scope } from '../reconciler.ts';
import { keepArtifact, mismatch, tendArtifacts } from '../source/artifacts.ts';
import { isLost } from '../source/seen.ts';
import { sourceKind } from '../source/source-kind.ts';
import { progressing } from '../source/status.ts';
import { conclude, type Report } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { downloadTrouble, observe, type SeenAll } from './observe.ts';
import { findableAt } from './place.ts';
import { type BucketFacts, packOnce } from './share.ts';

/** Bucket: the objects of an S3 bucket become an artifact. */
export const bucket = sourceKind<Bucket, BucketStatus, SeenAll, Plan, Report>({
  kind: 'Bucket',
  ...{ observe, decide, act, conclude },
  repositoryOf: findableAt,
});

async function act(
  object: Bucket,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<BucketStatus>,
): Promise<Report> {
  if (plan.do === 'keep') return { kind: 'nothing', events: await tendArtifacts(object, seen.now, scope) };
  if (plan.do !== 'fetch' || seen.bucket === undefined) return { kind: 'nothing', events: [] };
  await progress(() => progressing(object, { revision: plan.listed.revision, why: plan.why }, seen));
  const events: EventDraft[] = seen.stored === 'corrupt' ? [mismatch(object)] : [];
  let packed: Packed<BucketFacts>;
  try {
    packed = await packOnce(object, plan.listed, { ...seen, bucket: seen.bucket }, scope);
  } catch (error) {
    return { kind: 'failed', trouble: downloadTrouble(object, error), events };
  }
  const { facts, ...bytes } = packed;
  const { files, revision } = facts;
  if (object.status?.artifact?.revision === revision && !isLost(seen)) return { kind: 'same', files, events };
  const file = `${revision.slice('sha256:'.length)}.tar.gz`;
  const report = await keepArtifact(object, { file, revision, ...bytes }, seen.now, scope);
  const all = [...events, ...report.events];
  return report.kind === 'failed' ? { ...report, events: all } : { ...report, files, events: all };
}
