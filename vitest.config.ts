import { defineConfig } from 'vitest/config';
import { parityReporter } from './test/parity/reporter.ts';

export default defineConfig({
  test: {
    reporters: ['default', parityReporter()],
    projects: [
      { test: { name: 'architecture', include: ['test/*.test.ts'] } },
      { test: { name: 'unit', include: ['test/{features,contracts}/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'control-plane',
          include: ['test/{control-plane,flow}/**/*.test.ts'],
          globalSetup: ['test/control-plane/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
