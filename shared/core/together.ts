/** As Promise.all, but every promise has come to its end before the first failure is thrown: nothing goes on unseen. */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...{ [Index in keyof T]: Promise<T[Index]> }],
): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as unknown as Promise<T>;
}
