/** Ours: how long the first question waits for others, in ms; those of one batch of messages come within it. */
const GATHER_MS = 5;

/** Gathers what is asked for at about the same time, and asks for up to `max` names at once. */
export function createBatches<T>(
  max: number,
  ask: (names: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (name: string) => Promise<T | undefined> {
  let gathering:
    | { readonly names: Set<string>; readonly answers: Promise<ReadonlyMap<string, T>> }
    | undefined;
  return async (name) => {
    if (gathering === undefined || (gathering.names.size === max && !gathering.names.has(name))) {
      const names = new Set<string>();
      const own = {
        names,
        answers: new Promise<void>((resolve) => setTimeout(resolve, GATHER_MS)).then(() => {
          if (gathering === own) gathering = undefined;
          return ask([...names]);
        }),
      };
      gathering = own;
    }
    gathering.names.add(name);
    return (await gathering.answers).get(name);
  };
}
