import { defineConfig } from 'vitest/config';
import { assets, HOW_TO_BUILD } from './test/control-plane/assets.ts';
import { parityReporter } from './test/parity/reporter.ts';
import { missingPrograms } from './test/servers/programs.ts';

// In CI everything stays and fails where something is missing: nothing may be left out there in silence.
const inCi = process.env.CI === 'true';
const hasControlPlane = assets() !== undefined || inCi;
const missing = inCi ? [] : missingPrograms();
for (const { program } of missing)
  console.log(`Left out: the tests that run ${program}, which is not on the PATH`);
const exclude = missing.flatMap(({ tests }) => tests);
if (!hasControlPlane) console.log(`Left out: the tests of project control-plane (${HOW_TO_BUILD})`);

export default defineConfig({
  test: {
    reporters: ['default', parityReporter()],
    projects: [
      { test: { name: 'architecture', include: ['test/*.test.ts'] } },
      {
        test: {
          name: 'unit',
          include: ['test/{features,contracts}/**/*.test.ts'],
          exclude,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'control-plane',
          include: hasControlPlane ? ['test/{control-plane,flow}/**/*.test.ts'] : [],
          exclude,
          globalSetup: ['test/control-plane/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
