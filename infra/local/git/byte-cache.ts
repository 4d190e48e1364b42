/** Keeps what was used last, up to so many bytes. */
export interface ByteCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T, bytes: number): void;
}

/** A cache of at most `maxBytes`; what is larger than a quarter of it is not kept. */
export function createByteCache<T>(maxBytes: number): ByteCache<T> {
  const kept = new Map<string, { readonly value: T; readonly bytes: number }>();
  let held = 0;
  const drop = (key: string): void => {
    held -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key, value, bytes) {
      drop(key);
      if (bytes > maxBytes / 4) return;
      kept.set(key, { value, bytes });
      held += bytes;
      for (const oldest of kept.keys()) {
        if (held <= maxBytes) return;
        drop(oldest);
      }
    },
  };
}
