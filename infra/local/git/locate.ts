import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { isGitDirectory } from './repository.ts';

/**
 * The `.git` or bare directory that a URL's path names below `root`, as Git's own server finds it: `/a.git` is `a.git`,
 * bare or not, else the work tree `a`. Undefined for everything else, and for what lies outside by way of a link.
 */
export function locate(root: string, path: string): string | undefined {
  const names = path.replace(/^\//, '').split('/').map(decodeName);
  if (names.some((name) => name === undefined)) return undefined;
  const named = join(root, ...(names as string[]));
  const places = named.endsWith('.git') ? [named, named.slice(0, -'.git'.length)] : [named, `${named}.git`];
  for (const place of places) {
    for (const found of [place, join(place, '.git')]) {
      const real = realDirectory(found);
      if (real?.startsWith(realpathSync(root) + sep) && isGitDirectory(real)) return real;
    }
  }
  return undefined;
}

/** Undefined for names that lead elsewhere, on any system, and for hidden ones. */
function decodeName(text: string): string | undefined {
  try {
    const name = decodeURIComponent(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    return name === '' || name.startsWith('.') || /[\x00-\x1f/\\:]/.test(name) ? undefined : name;
  } catch {
    return undefined;
  }
}

function realDirectory(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
