import { PhpZdError } from '../../base/errors.ts';
import type { Clock } from '../../ports/clock.ts';

export interface PollOptions<Answer> {
  /** Between two questions; of a function, asked anew for each. */
  readonly intervalMs: number | (() => number);
  readonly deadlineMs: number;
  /** Called when there was no answer in time: gives one all the same, or throws. `waitedMs` is not less than the deadline. */
  readonly atDeadline: (waitedMs: number) => Answer;
}

/** Asks at least once, and again until there is an answer, or the deadline. For peers that have no event to wait for. */
export const poll = async <Answer>(
  clock: Clock,
  { intervalMs, deadlineMs, atDeadline }: PollOptions<Answer>,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> => {
  const startedAt = clock.monotonicMs();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    const waitedMs = clock.monotonicMs() - startedAt;
    if (waitedMs >= deadlineMs) return atDeadline(waitedMs);
    await clock.sleep(typeof intervalMs === 'number' ? intervalMs : intervalMs());
  }
};

/** An `atDeadline` for callers that can only say what was awaited: throws `deadline`. */
export const notInTime =
  (what: string) =>
  (ms: number): never => {
    throw new PhpZdError('deadline', { what, ms });
  };
