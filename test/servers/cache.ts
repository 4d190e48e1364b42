import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder outside the project for what was made from exactly these texts. */
export function cacheDirectory(name: string, ...texts: readonly (string | Uint8Array)[]): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return join(cache, 'sluice', name, hash.digest('hex').slice(0, 16));
}
