import { isError, valueUnless } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { poll } from './poll.ts';

const BACK_DEADLINE_MS = 10_000;
const INTERVAL_MS = 50;

/** Asks the balancer, again and again while it restarts: HAProxy is away for a fraction of a second then. */
export const withBalancer = async <Answer>(clock: Clock, ask: () => Promise<Answer>): Promise<Answer> => {
  let failure: unknown;
  const atDeadline = () => {
    throw failure;
  };
  const options = { intervalMs: INTERVAL_MS, deadlineMs: BACK_DEADLINE_MS, atDeadline };
  const { answer } = await poll(clock, options, async () => {
    try {
      // Wrapped, since undefined is an answer too.
      return { answer: await ask() };
    } catch (error) {
      if (!isError(error, 'balancer-unreachable')) throw error;
      failure = error;
      return undefined;
    }
  });
  return answer;
};

/**
 * Asks the balancer, for a caller that can do without the answer: undefined when the balancer is away or does not know the
 * site.
 */
export const askBalancer = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> =>
  await valueUnless(ask, 'balancer-unreachable', 'balancer-refused');
