import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { Fault } from '../../shared/core/failures.ts';
import { inParallel } from '../../shared/core/together.ts';
import type { ObjectStore } from '../../shared/ports.ts';
import { type Command, STATE_FLAG } from './command.ts';
import { usage } from './problems.ts';
import { count, done } from './say.ts';
import { openState } from './state.ts';

/** Files in hand at once. */
const AT_ONCE = 16;

/** `sluice upload`. */
export const command: Command = {
  takes: ['FOLDER'],
  about: [
    "Make the drop zone of a cluster hold a folder's files, and nothing else below the same prefix.",
    '',
    'A Bucket with endpoint sluice.internal and bucketName sources reads them, at its next interval or',
    'when it is asked to. Links are left out.',
  ],
  examples: ['sluice upload ./manifests --cluster prod --to team-a'],
  flags: {
    cluster: { type: 'string', value: 'NAME', help: 'the registered cluster whose Buckets may read them' },
    to: { type: 'string', value: 'PREFIX', help: 'where in the drop zone (default: its top)' },
    ...STATE_FLAG,
  },
  async run(input, world) {
    const [folder = ''] = input.positionals;
    const name = input.text('cluster') ?? '';
    if (name === '') throw usage('say whose drop zone it is, with --cluster NAME');
    const { store, clusters } = await openState(input, world);
    const record = (await clusters.list(() => {})).find((one) => one.name === name);
    if (record === undefined) throw new Fault('not-found', `no cluster "${name}" is registered`, { name });
    const prefix = `sources/${record.id}/${prefixOf(input.text('to') ?? '')}`;
    const files = await filesOf(resolve(world.cwd, folder));
    const { written, deleted } = await replace(store, prefix, files);
    const same = files.size - written;
    done(world, `${count(written, 'file')} uploaded, ${same} unchanged, ${deleted} removed in ${prefix}`);
  },
};

function prefixOf(text: string): string {
  const parts = text.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..')) throw usage(`--to "${text}" is no prefix`);
  return parts.map((part) => `${part}/`).join('');
}

/** Absolute paths by path below the folder, `/`-separated. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    throw new Fault('not-found', `${folder} is not a folder that can be read`, { folder }, error);
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path) => [relative(folder, path).split(sep).join('/'), path]));
}

/** Writes what differs, then deletes what is not there any more. */
async function replace(
  store: ObjectStore,
  prefix: string,
  files: ReadonlyMap<string, string>,
): Promise<{ readonly written: number; readonly deleted: number }> {
  const gone: string[] = [];
  for await (const { key } of store.list(prefix)) if (!files.has(key.slice(prefix.length))) gone.push(key);
  let written = 0;
  await inParallel(files, AT_ONCE, async ([path, from]) => {
    const body = await readFile(from);
    const present = await store.get(prefix + path);
    if (present !== undefined && Buffer.compare(present.body, body) === 0) return;
    await store.put(prefix + path, body);
    written += 1;
  });
  await inParallel(gone, AT_ONCE, (key) => store.delete(key));
  return { written, deleted: gone.length };
}
