import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tag } from './tags.ts';

/** What the last run of one test file said of a tag: `fail` when any test that carries it failed. */
export type TagState = 'pass' | 'fail';

/** Tag states by test file (path from the project's root). */
export type Results = Readonly<Record<string, Readonly<Record<Tag, TagState>>>>;

/** Where the reporter keeps the results; not committed. */
export const RESULTS_FILE = fileURLToPath(new URL('./results.json', import.meta.url));

/** The stored results; none yet is an empty record. */
export function readResults(): Results {
  return existsSync(RESULTS_FILE) ? (JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as Results) : {};
}

/** Stores the results in one step, so that a reader never sees a half-written file. */
export function writeResults(results: Results): void {
  const unfinished = `${RESULTS_FILE}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(results, null, 2)}\n`);
  renameSync(unfinished, RESULTS_FILE);
}

/** `fresh` replaces what was known of the same files; files for which `exists` is false are forgotten. */
export function mergeResults(old: Results, fresh: Results, exists: (file: string) => boolean): Results {
  const merged = Object.entries({ ...old, ...fresh }).filter(([file]) => exists(file));
  return Object.fromEntries(merged.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The state of every tag over all files: one failing test anywhere is a failure. */
export function statesOf(results: Results): ReadonlyMap<Tag, TagState> {
  const states = new Map<Tag, TagState>();
  for (const [tag, state] of Object.values(results).flatMap((tags) => Object.entries(tags))) {
    if (states.get(tag) !== 'fail') states.set(tag, state);
  }
  return states;
}
