import { availableParallelism, totalmem } from 'node:os';
import { defineConfig } from 'vitest/config';
import { textImports } from '../packaging/text-imports.ts';
import { LongestFirst } from './longest-first.ts';

/**
 * Whoever has a machine waits about as long as it works: three on two cores. Each takes up to 1 GiB with its machine. More of
 * them make what is measured in seconds late (a drain, a deadline) before they make the whole shorter.
 */
const machines = Math.max(1, Math.min(Math.ceil(1.5 * availableParallelism()), Math.floor(totalmem() / 2 ** 30)));

export default defineConfig({
  plugins: [textImports],
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // No machine, no clock, no network: one process for all of them.
        extends: true,
        test: {
          name: 'unit',
          root: new URL('..', import.meta.url).pathname,
          include: [
            'test/{base,site,render,plan,run,report,cli,adapters,golden,bench,fuzz}/**/*.test.ts',
            'test/*.test.ts',
          ],
          isolate: false,
          maxWorkers: 2,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          isolate: false,
          maxWorkers: machines,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // Each file has machines of its own, which it names. No module keeps anything from one file to the next, so that a process
          // that has loaded them all has the next file too.
          name: 'system',
          include: ['test/{system,hostile}/**/*.test.ts'],
          // What systemd does by itself takes some seconds where others have the processors.
          expect: { poll: { timeout: 20_000 } },
          isolate: false,
          maxWorkers: machines,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Too long for every day: `make test-long`.
        extends: true,
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          expect: { poll: { timeout: 20_000 } },
          isolate: false,
          maxWorkers: machines,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // By a stopwatch: one machine at a time, after all others. Of `make test-long` too.
        extends: true,
        test: {
          name: 'pace',
          include: ['test/pace/**/*.test.ts'],
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
