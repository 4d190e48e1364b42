import type { Change } from '../model.ts';

/** Most changes that are kept for watches that come back; our choice. */
export const LOG_CHANGES = 4_096;

/** Most text that they keep, in UTF-16 units; our choice, so that a cluster of 200 objects stays under 5 MB. */
export const LOG_LENGTH = 2 * 1024 * 1024;

/** The last changes, oldest first. */
export interface ChangeLog {
  /** All changes after this revision are known. */
  readonly oldest: number;
  add(change: Change): void;
  /** Changes after `revision`; undefined when some are forgotten. */
  since(revision: number): readonly Change[] | undefined;
}

/** A log that begins after `revision`. */
export function changeLog(revision: number): ChangeLog {
  let changes: Change[] = [];
  let first = 0;
  let length = 0;
  let oldest = revision;

  function forgetOldest(): void {
    const change = changes[first] as Change;
    length -= lengthOf(change);
    oldest = change.entry.revision;
    first++;
    // Forgotten ones are let go in bulk: a shift each would move them all.
    if (first < 64 || first < changes.length / 2) {
      changes[first - 1] = undefined as never;
      return;
    }
    changes = changes.slice(first);
    first = 0;
  }

  return {
    get oldest() {
      return oldest;
    },
    add(change) {
      changes.push(change);
      length += lengthOf(change);
      while (changes.length - first > LOG_CHANGES || (length > LOG_LENGTH && changes.length > first)) {
        forgetOldest();
      }
    },
    since(revision) {
      if (revision < oldest) return undefined;
      let from = changes.length;
      while (from > first && (changes[from - 1] as Change).entry.revision > revision) from--;
      return changes.slice(from);
    },
  };
}

function lengthOf({ entry }: Change): number {
  return entry.metadata.length + entry.rest.length;
}
