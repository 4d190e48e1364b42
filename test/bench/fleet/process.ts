import { createInterface } from 'node:readline';
import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { readLocalConfig } from '../../../shared/runtime/config.ts';
import { openLocal } from '../../../shared/runtime/local.ts';

// Our runtime in a process of its own, so that its memory is its own: `node process.ts STATE`, until its input ends.
// Each line of input is answered by a line with the requests so far, by method and collection.

/** The last segment that names a collection, such as `deployments`. */
function collectionOf(path: string): string {
  const [before = ''] = path.split('?');
  const parts = before.split('/').filter((part) => part !== '');
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  const inside = rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
  const kind = `${inside[0] ?? before}${inside[2] ? `/${inside[2]}` : ''}`;
  const isList = inside.length === 1;
  return `${kind}${isList ? ' (all)' : ''}${path.includes('dryRun') ? ' dry' : ''}`;
}

const config = {
  ...readLocalConfig({ ...process.env, SLUICE_STATE: process.argv[2] ?? '' }, '/', false),
  ...{ artifactPort: 0, webhookPort: 0 },
};
const counts = new Map<string, number>();
const log = createCollectingLog();
const runtime = await openLocal(config, log, ({ method, path }) => {
  const name = `${method} ${collectionOf(path)}`;
  counts.set(name, (counts.get(name) ?? 0) + 1);
});
const over = new AbortController();
const running = runtime.run(over.signal);
console.log('ready');
for await (const _ of createInterface({ input: process.stdin })) {
  const warnings = log.entries.filter(({ level }) => level !== 'info').map(({ message }) => message);
  console.log(JSON.stringify({ counts: Object.fromEntries(counts), warnings: warnings.slice(0, 20) }));
}
over.abort();
await running;
await runtime.close();
