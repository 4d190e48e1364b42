import { EVENT_ANNOTATION_PREFIX } from '../api/vocabulary.ts';
import { toSeconds, trimMessage } from '../core/conditions.ts';
import { sha256Hex } from '../core/digests.ts';
import { isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import type { WorkMessage } from '../core/messages.ts';
import { redact } from '../core/redaction.ts';
import type { EventDraft, Scope } from './reconciler.ts';

/** Longer messages than this many characters are cut: an Event lives in etcd. */
const MAX_EVENT_MESSAGE = 8192;
/** Characters of the object's name in its events' names, which have at most 253 with the id. */
const MAX_EVENT_NAME = 228;

/** Writes the drafts as Kubernetes Events of `object`; a refusal is logged, never a failure of the run. */
export async function emit(
  object: KubernetesObject,
  component: string,
  drafts: readonly EventDraft[],
  scope: Scope,
): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  for (const [index, draft] of drafts.entries()) {
    const line = `${object.kind}/${namespace}/${name} ${draft.reason}: ${draft.message.split('\n').join(', ')}`;
    if (draft.type === 'Warning') scope.ports.log.warn(line, { cluster: scope.record.name });
    else scope.ports.log.info(line, { cluster: scope.record.name });
    const event = eventOf(object, component, draft, scope.ports.clock.now(), { ...scope.message, index });
    try {
      await scope.cluster.create(event, { fieldManager: component });
    } catch (error) {
      if (isFault(error, 'already-exists')) continue;
      scope.ports.log.warn('event not written', { object: object.metadata.name, error: messageOf(error) });
    }
  }
}

/** Which event of which run: what orders events and tells a repetition. */
export type EventPlace = Pick<WorkMessage, 'trace' | 'since' | 'hops'> & { readonly index: number };

/**
 * The Kubernetes Event of a draft. Its name depends on its place and on what it says: a redelivered message repeats
 * nothing, and lists, which go by name, show events in order.
 */
export function eventOf(
  object: KubernetesObject,
  component: string,
  draft: EventDraft,
  now: Date,
  place: EventPlace,
): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const message = trimMessage(redact(draft.message), MAX_EVENT_MESSAGE);
  const time = toSeconds(now);
  const id = orderOf(place) + sha256Hex([uid, draft.reason, message, place.trace].join('\n')).slice(0, 8);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, MAX_EVENT_NAME).replace(/[-.]+$/, '')}.${id}`,
      namespace: namespace ?? 'default',
      annotations: { ...ownAnnotations(object), ...draft.metadata },
    },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: draft.type,
    reason: draft.reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: 'sluice',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** Hex that sorts by the chain's start, then by hop and place in the run. */
function orderOf({ since, hops, index }: EventPlace): string {
  const parts = [
    [Date.parse(since), 11],
    [hops, 3],
    [index, 2],
  ] as const;
  return parts.map(([value, digits]) => value.toString(16).padStart(digits, '0').slice(-digits)).join('');
}

function ownAnnotations(object: KubernetesObject): Record<string, string> {
  const entries = Object.entries(object.metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([key]) => key.startsWith(EVENT_ANNOTATION_PREFIX)));
}
