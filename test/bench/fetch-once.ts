import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import { follow } from '../features/git/incremental.ts';

// A process of its own, so that its memory is that of one worker: `node fetch-once.ts <url>` fetches what `main` is, then
// again whenever a line comes in, and prints after each how many MiB it held at most, and received in all.
const [url = ''] = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), 'bench-store-'));
const git = createGit({ http: createHttp({ loopback: true, privateRanges: false }) });
const follower = follow(
  () => git.open({ url, auth: {} }, AbortSignal.timeout(120_000)),
  await openDirectoryStore({ directory, clock: systemClock, chance: systemChance }),
);

async function fetch(): Promise<void> {
  await follower.fetch();
  const received = follower.fetches.reduce((sum, { bytes }) => sum + bytes, 0);
  const held = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${JSON.stringify({ held, received })}\n`);
}

await fetch();
for await (const _ of process.stdin) await fetch();
await rm(directory, { recursive: true, force: true });
