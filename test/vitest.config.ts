import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // No machine, no clock, no network: one process for all of them.
        test: {
          name: 'unit',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/{base,site,render,plan,run,report,cli,adapters,golden}/**/*.test.ts', 'test/*.test.ts'],
          isolate: false,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
