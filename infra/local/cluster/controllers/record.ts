import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Nature, Store } from '../model.ts';
import { toObject } from '../store/entry.ts';
import { numberOf } from '../strategies/rules/fields.ts';
import { secondsOf } from '../strategies/rules/times.ts';

/** What somebody who asks `kubectl describe` shall read of an object. */
export interface News {
  /** The controller that tells it, by the name that it has on a real cluster. */
  readonly from: string;
  readonly about: KubernetesObject;
  /** What of the object, such as `spec.containers{main}`. */
  readonly fieldPath?: string;
  readonly reason: string;
  readonly message: string;
  readonly isWarning?: boolean;
  /** The node that it happened on. */
  readonly host?: string;
}

/** Tells news as an Event. */
export type Tell = (news: News) => void;

/** The resource of Events. */
export const EVENTS = '/events';
const EVENT = { group: '', version: 'v1', kind: 'Event' };
/** How many different Events are remembered so that the same again is counted; beyond it, counting begins anew. */
const MAX_KNOWN = 256;

/** Writes Events: past the API's pipeline, because they are many and nothing in it would change them. */
export function recorder(store: Store, nature: Nature): Tell {
  const known = new Map<string, string>();
  let serial = 0;

  // As client-go names them: after the nanosecond, so that names are in order of time.
  function newName({ metadata: { name } }: KubernetesObject): string {
    serial = (serial + 1) % 1_000_000;
    const nanoseconds = BigInt(nature.now().getTime()) * 1_000_000n + BigInt(serial);
    return `${name}.${nanoseconds.toString(16)}`;
  }

  return (news) => {
    const { about, reason, message, fieldPath = '' } = news;
    const namespace = about.metadata.namespace ?? 'default';
    if (!takesObjects(store, namespace)) return;
    const key = [about.metadata.uid, fieldPath, reason, message].join('\n');
    const entry = store.get(EVENTS, namespace, known.get(key) ?? '');
    const time = secondsOf(nature.now());
    if (entry) {
      const event = toObject(entry, EVENT) as KubernetesObject & { readonly count?: unknown };
      store.put(EVENTS, {
        ...event,
        count: numberOf(event.count) + 1,
        lastTimestamp: time,
      } as KubernetesObject);
      return;
    }
    if (known.size >= MAX_KNOWN) known.clear();
    const name = newName(about);
    known.set(key, name);
    const metadata = { name, namespace, uid: nature.uuid(), creationTimestamp: time };
    store.put(EVENTS, { apiVersion: 'v1', kind: 'Event', metadata, ...contentOf(news, time) });
  };
}

function contentOf({ from, about, fieldPath, reason, message, isWarning, host }: News, time: string): object {
  const { apiVersion, kind, metadata } = about;
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    involvedObject: { kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath },
    reason,
    message,
    source: { component: from, host },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: isWarning ? 'Warning' : 'Normal',
    eventTime: null,
    reportingComponent: from,
    reportingInstance: host ?? '',
  };
}

function takesObjects(store: Store, namespace: string): boolean {
  const entry = store.get('/namespaces', '', namespace);
  return entry !== undefined && !entry.metadata.includes('"deletionTimestamp"');
}
