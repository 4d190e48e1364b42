/** Makes what is asked for once as long as it is among the `most` that were made last, so that the memory of more is free again. */
export function latest<T>(most: number, make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const making = make(key);
    made.set(key, making);
    const [oldest] = made.keys();
    if (made.size > most && oldest !== undefined) made.delete(oldest);
    return making;
  };
}
