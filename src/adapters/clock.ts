import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { PhpZdError } from '../base/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { within } from './within.ts';

export const makeClock = (): Clock => ({
  now: () => Date.now(),
  monotonicMs: () => Math.trunc(performance.now()),
  sleep: async (ms, signal) => {
    try {
      await setTimeout(ms, undefined, { signal });
    } catch {
      throw new PhpZdError('aborted', {}, signal?.reason); // setTimeout fails in no other way
    }
  },
  within: (what, deadlineMs, work) => within({ what, deadlineMs }, work),
});
