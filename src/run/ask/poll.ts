import { PhpZdError } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface PollOptions {
  readonly intervalMs: number;
  readonly deadlineMs: number;
  /** What is awaited, for the error. */
  readonly what: string;
}

/** Asks again until there is an answer. For peers that have no event to wait for. Rejects with `deadline`. */
export const poll = async <Answer>(
  clock: Clock,
  options: PollOptions,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> => {
  const end = clock.now() + options.deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (clock.now() >= end) throw new PhpZdError('deadline', { what: options.what, ms: options.deadlineMs });
    await clock.sleep(options.intervalMs);
  }
};
