import type { Artifact } from '../../api/meta.ts';
import { EVENT_METADATA, GROUP, REASON } from '../../api/vocabulary.ts';
import { formatDuration } from '../../core/durations.ts';
import type { EventDraft } from '../reconciler.ts';
import { type Ended, originRevisionOf, tookOf } from './ended.ts';
import { intervalOf } from './settings.ts';

const key = (name: string): string => `${GROUP.kustomize}/${name}`;

/** An event about a Kustomization; with an artifact its metadata tells the revisions (KS-10). */
export function eventOf(
  type: EventDraft['type'],
  reason: string,
  message: string,
  artifact: Artifact | undefined,
): EventDraft {
  if (artifact === undefined) return { type, reason, message };
  const origin = originRevisionOf(artifact);
  const metadata = {
    [key(EVENT_METADATA.revision)]: artifact.revision,
    ...(origin && { [key(EVENT_METADATA.originRevision)]: origin }),
  };
  return { type, reason, message, metadata };
}

/** One event that lists what the apply changed, one that lists what was pruned. */
export function workEvents({ work, plan }: Ended): readonly EventDraft[] {
  return [work?.changes ?? [], work?.pruned ?? []]
    .filter((lines) => lines.length > 0)
    .map((lines) => eventOf('Normal', REASON.progressing, lines.join('\n'), plan.artifact));
}

/** The event of a run that ended well; it tells providers to update the commit's status. */
export function finished(ended: Ended): EventDraft {
  const next = formatDuration(intervalOf(ended.object.spec));
  const message = `Reconciliation finished in ${tookOf(ended)}, next run in ${next}`;
  const event = eventOf('Normal', REASON.reconciliationSucceeded, message, ended.plan.artifact);
  return { ...event, metadata: { ...event.metadata, [key(EVENT_METADATA.commitStatus)]: 'update' } };
}
