import { isError, type PhpZdError } from '../../base/errors.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type Numbered, questionOf } from './question.ts';
import type { DrillPlan } from './wishes.ts';

/** A request of the drill's own. Times are milliseconds, `startedAt` since 1970. */
export interface Sample extends Numbered {
  readonly startedAt: number;
  readonly ms: number;
  /** The answer's status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Why the request counts as lost; undefined when it got the right answer. */
  readonly loss: Loss | undefined;
}

export interface Loss {
  /** Why there was no answer. */
  readonly error: PhpZdError | undefined;
  /** The answer that was not the right one. */
  readonly status: number | undefined;
  /** How the answer begins; not to be trusted for a terminal. */
  readonly body: string;
}

/** How long a request may take beside its time in the balancer's queue and the work itself. */
const MARGIN_MS = 30_000;
const QUOTE_LENGTH = 80;

/** Sends one request through HAProxy, as a web server does. Never fails: whatever goes wrong is a loss. */
export const ask = async (hosted: HostedSite, plan: DrillPlan, numbered: Numbered): Promise<Sample> => {
  const { site, paths, ports } = hosted;
  const { request, isRight } = questionOf(hosted, plan, numbered);
  const startedAt = ports.clock.now();
  const begun = ports.clock.monotonicMs();
  const taken = () => ({ ...numbered, startedAt, ms: ports.clock.monotonicMs() - begun });
  try {
    const deadlineMs = site.listen.queueTimeoutMs + plan.longMs + MARGIN_MS;
    const answer = await ports.fpm.request(paths.front, request, { deadlineMs });
    const { status, body } = answer;
    const loss = isRight(answer) ? undefined : { error: undefined, status, body: body.slice(0, QUOTE_LENGTH) };
    return { ...taken(), status, loss };
  } catch (error) {
    if (!isError(error)) throw error;
    return { ...taken(), status: undefined, loss: { error, status: undefined, body: '' } };
  }
};
