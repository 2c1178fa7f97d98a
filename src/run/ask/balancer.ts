import { isError } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';

const BACK_DEADLINE_MS = 10_000;
const INTERVAL_MS = 50;

/** Asks the balancer again while it restarts: it is away for a fraction of a second (facts.md H7). */
export const withBalancer = async <Answer>(clock: Clock, ask: () => Promise<Answer>): Promise<Answer> => {
  const end = clock.now() + BACK_DEADLINE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isError(error, 'balancer-unreachable') || clock.now() >= end) throw error;
      await clock.sleep(INTERVAL_MS);
    }
  }
};

/** Undefined when the balancer is away, or does not know the site: for what can do without an answer. */
export const askBalancer = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (isError(error, 'balancer-unreachable', 'balancer-refused')) return undefined;
    throw error;
  }
};
