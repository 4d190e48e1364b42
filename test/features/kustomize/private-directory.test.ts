import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeAbandoned } from '../../../shared/adapters/exec/private-directory.ts';

const NOW = Date.UTC(2026, 2, 1, 12);
const parent = mkdtempSync(join(tmpdir(), 'abandoned-'));
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** A directory with a file in it, so many minutes old. */
function directory(name: string, minutes: number): void {
  const path = join(parent, name);
  mkdirSync(path);
  writeFileSync(join(path, 'secret.yaml'), 'decrypted', { mode: 0o600 });
  const time = new Date(NOW - minutes * 60_000);
  utimesSync(path, time, time);
}

test('what a process left that died in the middle of a build goes with the next build, and nothing else does', async () => {
  directory('sluice-Ab12Cd', 6);
  directory('sluice-xYz789', 1);
  directory('sluice-someone-elses', 60);
  directory('other-Ab12Cd', 60);

  await removeAbandoned(parent, NOW);

  expect(readdirSync(parent).toSorted()).toEqual(['other-Ab12Cd', 'sluice-someone-elses', 'sluice-xYz789']);
});

test('a folder that is not there or may not be read is no trouble', async () => {
  await expect(removeAbandoned(join(parent, 'nowhere'), NOW)).resolves.toBeUndefined();
});
