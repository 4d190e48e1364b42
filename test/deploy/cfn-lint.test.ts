import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { templateFile } from '../../infra/deploy/template.ts';
import { cfnLint } from '../servers/cfn-lint.ts';
import { template } from './packaged.ts';

test('cfn-lint finds nothing', { timeout: 120_000 }, async () => {
  expect(await cfnLint(templateFile(inject('package')))).toEqual([]);
});

test('and would have found something', { timeout: 120_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-lint-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { SourceQueue: _, ...Resources } = template.Resources;
  const broken = join(directory, 'template.json');
  writeFileSync(broken, JSON.stringify({ ...template, Resources }));

  expect((await cfnLint(broken)).join('\n')).toContain('SourceQueue');
});
