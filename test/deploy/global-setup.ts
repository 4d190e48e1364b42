import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { makePackage } from '../../infra/deploy/package.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the CloudFormation template and what osls knows of it. */
    package: string;
  }
}

/** Packages the deployment once for all test files of the project. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  await makePackage({ directory });
  project.provide('package', directory);
  return () => rm(directory, { recursive: true, force: true });
}
