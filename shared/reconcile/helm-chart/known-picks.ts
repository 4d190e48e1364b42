import type { Outcome } from '../../helm/chart/chart.ts';
import type { ObjectStore } from '../../ports.ts';

/** Ours: what a worker remembers; an answer has a few hundred bytes. */
const MAX_KNOWN = 2000;

const byStore = new WeakMap<ObjectStore, Map<string, unknown>>();

/** What was found before under a key that holds a digest, so that it cannot have changed; without a key it is found anew. */
export async function remembered<T>(
  store: ObjectStore,
  key: string | undefined,
  find: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (key === undefined) return find();
  const known = byStore.get(store) ?? new Map<string, unknown>();
  byStore.set(store, known);
  if (known.has(key)) return { ok: true, value: known.get(key) as T };
  const answer = await find();
  if (!answer.ok) return answer;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, answer.value);
  return answer;
}
