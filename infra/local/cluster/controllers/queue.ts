import type { Nature } from '../model.ts';
import type { Controller, ControllerWorld, Key } from './controller.ts';

/** What a controller has to look at, each object once however often it changed. */
export interface Queue {
  add(key: Key): void;
  stop(): void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** A queue that works itself off: in a later turn than what filled it, and again when a look said so or failed. */
export function queueOf(controller: Controller, world: ControllerWorld): Queue {
  const { nature } = world;
  const waiting = new Map<string, Key>();
  const later = new Map<string, () => void>();
  const failures = new Map<string, number>();
  let cancelWork: (() => void) | undefined;
  let stopped = false;

  function add(key: Key): void {
    if (stopped) return;
    waiting.set(textOf(key), key);
    cancelWork ??= nature.after(0, work);
  }

  function work(): void {
    cancelWork = undefined;
    const keys = [...waiting.values()];
    waiting.clear();
    for (const key of keys) if (!stopped) look(key);
  }

  function look(key: Key): void {
    const text = textOf(key);
    later.get(text)?.();
    later.delete(text);
    let again: number | undefined;
    try {
      again = controller.sync(key, world);
      failures.delete(text);
    } catch (error) {
      world.onFailure(controller.name, key, error);
      // Whatever it was, an object that cannot be brought on now is tried again: as controllers do.
      const times = failures.get(text) ?? 0;
      failures.set(text, times + 1);
      again = Math.min(FIRST_RETRY_MS * 2 ** times, LAST_RETRY_MS);
    }
    if (again !== undefined && !stopped) later.set(text, wake(nature, again, key));
  }

  function wake({ after }: Nature, milliseconds: number, key: Key): () => void {
    return after(milliseconds, () => {
      later.delete(textOf(key));
      add(key);
    });
  }

  return {
    add,
    stop() {
      stopped = true;
      cancelWork?.();
      for (const cancel of later.values()) cancel();
      later.clear();
      waiting.clear();
    },
  };
}

function textOf({ namespace, name }: Key): string {
  return `${namespace}/${name}`;
}
