/** As Promise.all, but every promise has come to its end before the first failure is thrown: nothing goes on unseen. */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [Index in keyof T]: Promise<T[Index]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as unknown as Promise<T>;
}

/** Runs `each` for every item, at most `atOnce` at a time; after a failure nothing new begins, and what runs is awaited. */
export async function inParallel<T>(
  items: Iterable<T>,
  atOnce: number,
  each: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = Iterator.from(items);
  let isBroken = false;
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); !isBroken && !next.done; next = waiting.next()) {
      await each(next.value).catch((error: unknown) => {
        isBroken = true;
        throw error;
      });
    }
  };
  await together(Array.from({ length: atOnce }, worker));
}
