import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { PhpZdError } from '../base/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { within } from './within.ts';

export const makeClock = (): Clock => ({
  now: () => Date.now(),
  // `performance` is a dozen of Node.js's own modules to load.
  monotonicMs: () => Number(process.hrtime.bigint() / 1_000_000n),
  uptimeMs: () => Math.round(Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000),
  sleep: async (ms, signal) => {
    try {
      // A timer takes a millisecond at least.
      await (ms === 0 ? setImmediate(undefined, { signal }) : setTimeout(ms, undefined, { signal }));
    } catch {
      throw new PhpZdError('aborted', {}, signal?.reason); // they fail in no other way
    }
  },
  within: (what, deadlineMs, work) => within({ what, deadlineMs }, work),
});
