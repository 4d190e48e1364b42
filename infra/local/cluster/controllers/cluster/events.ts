import type { Entry } from '../../model.ts';
import { metadataOf } from '../../store/entry.ts';
import type { Controller } from '../controller.ts';
import { keyOf } from '../owners.ts';
import { EVENTS } from '../record.ts';

/** How long an Event stays after it was last seen: `--event-ttl` of the API server. */
const EVENT_TTL_MS = 60 * 60 * 1_000;
const SEEN = /"(?:lastTimestamp|lastObservedTime|eventTime)":"([^"]+)"/g;

/** Lets Events go after a while, whoever wrote them. */
export const expiringEvents: Controller = {
  name: 'events',
  watches: [EVENTS],
  concerns: ({ type, entry }) => (type === 'DELETED' ? [] : [keyOf(entry)]),
  sync({ namespace, name }, { manager, nature, store }) {
    const entry = store.get(EVENTS, namespace, name);
    if (!entry) return undefined;
    const now = nature.now().getTime();
    const left = Math.min(lastSeen(entry), now) + EVENT_TTL_MS - now;
    if (left > 0) return left;
    manager.delete(EVENTS, manager.objectOf(entry));
    return undefined;
  },
};

function lastSeen(entry: Entry): number {
  const { creationTimestamp } = metadataOf(entry);
  const times = [...entry.rest.matchAll(SEEN)].map(([, time = '']) => Date.parse(time));
  return Math.max(Date.parse(creationTimestamp ?? ''), ...times.filter((time) => !Number.isNaN(time)));
}
