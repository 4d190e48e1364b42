import { toSeconds, trimMessage } from '../core/conditions.ts';
import { sha256Hex } from '../core/digests.ts';
import { isFault, messageOf } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { redact } from '../core/redaction.ts';
import type { EventDraft, Scope } from './reconciler.ts';

/** Longer messages than this many characters are cut: an Event lives in etcd. */
const MAX_EVENT_MESSAGE = 8192;
/** Characters of the object's name in its events' names, which have at most 253 with the id. */
const MAX_EVENT_NAME = 230;
/** Annotations with this prefix travel in the metadata of every event of their object (COM-26). */
const EVENT_ANNOTATIONS = 'event.toolkit.fluxcd.io/';

/** Writes the drafts as Kubernetes Events of `object`; a refusal is logged, never a failure of the run. */
export async function emit(
  object: KubernetesObject,
  component: string,
  drafts: readonly EventDraft[],
  scope: Scope,
): Promise<void> {
  const { name, namespace = '' } = object.metadata;
  for (const draft of drafts) {
    const line = `${object.kind}/${namespace}/${name} ${draft.reason}: ${draft.message.split('\n').join(', ')}`;
    if (draft.type === 'Warning') scope.ports.log.warn(line, { cluster: scope.record.name });
    else scope.ports.log.info(line, { cluster: scope.record.name });
    const event = eventOf(object, component, draft, scope.ports.clock.now(), scope.message.trace);
    try {
      await scope.cluster.create(event, { fieldManager: component });
    } catch (error) {
      if (isFault(error, 'already-exists')) continue;
      scope.ports.log.warn('event not written', { object: object.metadata.name, error: messageOf(error) });
    }
  }
}

/** The Kubernetes Event of a draft; its name depends on what it says, so that a redelivered message repeats nothing. */
export function eventOf(
  object: KubernetesObject,
  component: string,
  draft: EventDraft,
  now: Date,
  trace: string,
): KubernetesObject {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const message = trimMessage(redact(draft.message), MAX_EVENT_MESSAGE);
  const time = toSeconds(now);
  const id = sha256Hex([uid, draft.reason, message, trace].join('\n')).slice(0, 16);
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

function ownAnnotations(object: KubernetesObject): Record<string, string> {
  const entries = Object.entries(object.metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([key]) => key.startsWith(EVENT_ANNOTATIONS)));
}
