import { defineConfig } from 'vitest/config';
import { assets, HOW_TO_BUILD } from './test/control-plane/assets.ts';
import { parityReporter } from './test/parity/reporter.ts';

// In CI the project stays and its global setup fails: nothing may be left out there in silence.
const hasControlPlane = assets() !== undefined || process.env.CI === 'true';
if (!hasControlPlane) console.log(`Left out: the tests of project control-plane (${HOW_TO_BUILD})`);

export default defineConfig({
  test: {
    reporters: ['default', parityReporter()],
    projects: [
      { test: { name: 'architecture', include: ['test/*.test.ts'] } },
      { test: { name: 'unit', include: ['test/{features,contracts}/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'control-plane',
          include: hasControlPlane ? ['test/{control-plane,flow}/**/*.test.ts'] : [],
          globalSetup: ['test/control-plane/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
