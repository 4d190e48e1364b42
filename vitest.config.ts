import { defineConfig } from 'vitest/config';
import { hasOsls } from './infra/deploy/osls.ts';
import { assets, HOW_TO_BUILD } from './test/control-plane/assets.ts';
import { parityReporter } from './test/parity/reporter.ts';
import { missingPrograms } from './test/servers/programs.ts';

// In CI everything stays and fails where something is missing: nothing may be left out there in silence.
const inCi = process.env.CI === 'true';
const hasControlPlane = assets() !== undefined || inCi;
const canPackage = hasOsls() || inCi;
const missing = missingPrograms(inCi);
for (const { program } of missing) console.log(`Left out: the tests that run ${program}, which is not here`);
const exclude = missing.flatMap(({ tests }) => tests);
if (!hasControlPlane) console.log(`Left out: the tests of project control-plane (${HOW_TO_BUILD})`);
if (!canPackage) console.log('Left out: the tests of project deploy (npm run package, once)');

export default defineConfig({
  test: {
    // A real server on a loaded machine may be late once; a second try is shown as "retry x1", and two failures fail.
    retry: inCi ? 1 : 0,
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
          name: 'deploy',
          include: canPackage ? ['test/deploy/*.test.ts'] : [],
          exclude: hasControlPlane ? exclude : [...exclude, 'test/deploy/stack-*.test.ts'],
          globalSetup: ['test/deploy/global-setup.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
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
