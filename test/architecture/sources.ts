import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Scanned, scan, specifiersOf } from './scan.ts';

/** One file of the project; `imports` are paths from the root, or names of packages and `node:` modules. */
export interface Source extends Scanned {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly string[];
}

const ROOT = join(import.meta.dirname, '../..');

/** The sources whose paths match a pattern, by path. */
export function readSources(pattern: string): readonly Source[] {
  return globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(ROOT, path), 'utf8')));
}

/** A source from its text. */
export function sourceOf(path: string, text: string): Source {
  const scanned = scan(text);
  const imports = specifiersOf(scanned).map((specifier) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
  );
  return { ...scanned, path, imports, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
}
