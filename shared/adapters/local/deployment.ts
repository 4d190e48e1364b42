import { hkdfSync } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../core/failures.ts';
import type { Deployment } from '../../ports.ts';
import { asFaults, DIRECTORY_MODE, readIfThere, syncDirectories, writeTemporary } from './files.ts';
import { randomKey, systemChance } from './system.ts';

/** Bytes of a deployment's key: HMAC-SHA-256's own size (RFC 2104). */
const KEY_BYTES = 32;

/** The id and key of the deployment in `stateDirectory`, made once, in a file of mode 0600. Fault `malformed` when it was damaged. */
export async function openDeployment(stateDirectory: string): Promise<Deployment> {
  const path = join(stateDirectory, 'deployment.json');
  return asFaults(`deployment ${path}`, async () => {
    const present = await readIfThere(path);
    if (present !== undefined) return parse(path, present);
    await mkdir(stateDirectory, { recursive: true, mode: DIRECTORY_MODE });
    await create(stateDirectory, path);
    return parse(path, await readFile(path, 'utf8'));
  });
}

/** A link never replaces: of two processes that start at once, one makes the deployment and both read it. */
async function create(directory: string, path: string): Promise<void> {
  const temporary = join(directory, `deployment.${systemChance.uuid()}`);
  const key = Buffer.from(randomKey(KEY_BYTES)).toString('base64');
  await writeTemporary(temporary, [Buffer.from(`${JSON.stringify({ id: systemChance.uuid(), key })}\n`)]);
  try {
    await link(temporary, path);
    await syncDirectories(directory, undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

function parse(path: string, text: string): Deployment {
  let stored: { readonly id?: unknown; readonly key?: unknown } | null = null;
  try {
    stored = JSON.parse(text);
  } catch {
    // Said below, without the text, which holds the key.
  }
  const key = typeof stored?.key === 'string' ? Buffer.from(stored.key, 'base64') : undefined;
  if (typeof stored?.id === 'string' && stored.id !== '' && key?.length === KEY_BYTES) {
    const hookKey = new Uint8Array(hkdfSync('sha256', key, '', 'sluice webhook index', KEY_BYTES));
    return { id: stored.id, key: new Uint8Array(key), hookKey: async () => hookKey };
  }
  throw new Fault('malformed', `${path} was damaged; restore it from a backup`, { path });
}
