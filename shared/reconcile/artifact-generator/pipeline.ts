/** Ours: what is kept at a time, and how many packed bytes may wait for it. */
const AT_ONCE = 8;
const WAITING_BYTES = 32 * 1024 * 1024;

/** Makes one after the other, and keeps several at a time; after a failure nothing new begins, and what runs is awaited. */
export async function pipeline<Item, Made extends { readonly body: Uint8Array }>(
  items: readonly Item[],
  make: (item: Item) => Promise<Made>,
  keep: (made: Made) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let waiting = 0;
  let isBroken = false;
  try {
    for (const item of items) {
      while (running.size >= AT_ONCE || waiting > WAITING_BYTES) await Promise.race(running);
      if (isBroken) break;
      const made = await make(item);
      waiting += made.body.length;
      const kept: Promise<void> = keep(made).finally(() => {
        waiting -= made.body.length;
        running.delete(kept);
      });
      // Whoever fails is heard at the next race, or at the end.
      kept.catch(() => {
        isBroken = true;
        running.add(kept);
      });
      running.add(kept);
    }
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
}
