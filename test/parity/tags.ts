/** A fact's key, as it stands between brackets in a test title: `KS-41 types-change`. */
export type Tag = string;

const TAG = /\[([A-Z]+-\d+ [a-z0-9]+(?:-[a-z0-9]+)*)\]/g;

/** The tags `[ROW fact]` in a test title, or in a whole source file, in order, each once. */
export function tagsIn(text: string): readonly Tag[] {
  return [...new Set(Array.from(text.matchAll(TAG), (match) => match[1] ?? ''))];
}
