#!/usr/bin/env node
import { processWorld } from './process-world.ts';
import { run } from './run.ts';

if (import.meta.main) {
  const code = await run(process.argv.slice(2), processWorld());
  // Kept-alive sockets would hold the process for a minute; what was written goes out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
