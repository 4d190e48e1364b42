import type { Clock, ObjectStore } from '../ports.ts';

/** When a test delivery passed the hops of the way in. */
export interface ProbeMark {
  /** When `receive` took it, by its clock. */
  readonly received: Date;
  /** When `arrivals` had expanded it, by its clock. */
  readonly expanded: Date;
}

/** No message makes a key of anything else. */
const ID = /^[0-9a-f-]{36}$/;
const keyOf = (id: string): string => `probes/${id}`;

/** Marks that the test delivery was expanded; an id that no test of ours has is left alone. */
export async function markSeen(
  { store, clock }: { readonly store: ObjectStore; readonly clock: Clock },
  id: string,
  received: string,
): Promise<void> {
  if (!ID.test(id)) return;
  const mark = { received, expanded: clock.now().toISOString() };
  await store.put(keyOf(id), new TextEncoder().encode(JSON.stringify(mark)));
}

/** The mark, as soon as it is there. */
export async function readMark(store: ObjectStore, id: string): Promise<ProbeMark | undefined> {
  const stored = await store.get(keyOf(id));
  if (stored === undefined) return undefined;
  const { received, expanded } = JSON.parse(new TextDecoder().decode(stored.body));
  return { received: new Date(received), expanded: new Date(expanded) };
}

/** Takes it away. */
export function forgetMark(store: ObjectStore, id: string): Promise<void> {
  return store.delete(keyOf(id));
}
