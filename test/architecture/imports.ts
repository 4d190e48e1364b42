import type { Source } from './sources.ts';
import { PACKAGES, PARTS, type Part, PURE_BUILTINS } from './table.ts';

/** Whether `path` is, or lies in, one of `places`. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

/** The part of the project a file belongs to; undefined outside the table. */
export function partOf(path: string): Part | undefined {
  const places = PARTS.flatMap((part) => part.paths.map((place) => ({ part, place })));
  return places.filter(({ place }) => isIn(path, [place])).sort((a, b) => b.place.length - a.place.length)[0]
    ?.part;
}

/** Every import of a source that the table does not hold. */
export function importFaults(source: Source): readonly string[] {
  const part = partOf(source.path);
  if (!part) return [`${source.path} belongs to no part of the table`];
  return source.imports
    .filter((target) => !isAllowed(source.path, part, target))
    .map((target) => `${source.path} (${part.name}) imports ${target}`);
}

function isAllowed(path: string, part: Part, target: string): boolean {
  if (target.startsWith('node:')) {
    return part.builtins === 'all' || (part.builtins === 'pure' && PURE_BUILTINS.has(target));
  }
  if (/^[a-z]+(\/|$)/.test(target) && target.endsWith('.ts')) {
    const other = partOf(target);
    return other !== undefined && (other.name === part.name || part.imports.includes(other.name));
  }
  if (target.endsWith('.json')) return partOf(target)?.name === part.name;
  return isIn(path, PACKAGES[packageOf(target)] ?? []);
}

/** `@middy/core/x` -> `@middy/core`; `zod/v4` -> `zod`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
