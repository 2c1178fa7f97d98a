import { defineConfig } from 'vitest/config';
import { textImports } from '../packaging/text-imports.ts';

export default defineConfig({
  plugins: [textImports],
  test: {
    maxWorkers: 2,
    projects: [
      {
        // No machine, no clock, no network: one process for all of them.
        extends: true,
        test: {
          name: 'unit',
          root: new URL('..', import.meta.url).pathname,
          include: ['test/{base,site,render,plan,run,report,cli,adapters,golden}/**/*.test.ts', 'test/*.test.ts'],
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          // Each file has machines of its own, and waits more than it works.
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        // Too long for every day: `make test-long`.
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
