import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { generatedCrds, staleFiles } from '../infra/generate.ts';

const CRDS = join(import.meta.dirname, '../infra/crds');
const directory = mkdtempSync(join(tmpdir(), 'sluice-generated-'));

afterAll(() => rmSync(directory, { recursive: true }));

test('the committed CRDs are what npm run generate makes', () => {
  expect(generatedCrds().size).toBe(15);
  expect(staleFiles(CRDS, generatedCrds())).toEqual([]);
});

test('a missing, a changed and a foreign file are stale', () => {
  const expected = new Map([...generatedCrds()].slice(0, 3));
  const [same = '', changed = '', missing = ''] = expected.keys();
  copyFileSync(join(CRDS, same), join(directory, same));
  writeFileSync(join(directory, changed), 'kind: Other\n');
  writeFileSync(join(directory, 'foreign.yaml'), '');

  expect(staleFiles(directory, expected)).toEqual([changed, missing, 'foreign.yaml']);
});
