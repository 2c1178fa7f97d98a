import { beginOf } from '../../base/begin-of.ts';
import { isError, type RecordedError, recordError } from '../../base/errors.ts';
import type { WebPlace } from '../../ports/web.ts';
import type { Site } from '../../site/site.ts';
import type { HostedSite } from '../site/site-run.ts';
import { type Numbered, questionOf } from './question.ts';
import { visit, wayIn } from './visitor.ts';
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
  readonly error: RecordedError | undefined;
  /** The answer that was not the right one. */
  readonly status: number | undefined;
  /** How the answer begins; not to be trusted for a terminal. */
  readonly body: string;
  /** How there was no answer over HTTP; an errno, for example. */
  readonly unanswered?: string;
}

/** How long a request may take beside its time in the balancer's queue and the work itself. */
const MARGIN_MS = 30_000;
const QUOTE_LENGTH = 80;
/** More than an answer has that is compared, with its header. */
const KEPT_BYTES = 128 * 1024;

/** Sends one request through HAProxy, as a web server does. Never fails: whatever goes wrong is a loss. */
export const ask = async (hosted: HostedSite, plan: DrillPlan, numbered: Numbered): Promise<Sample> => {
  const { site, paths, ports } = hosted;
  const way = numbered.kind === 'app' ? wayIn(site) : undefined;
  if (way !== undefined) return await askAsVisitor(hosted, { plan, numbered, way });
  const { request, isRight } = questionOf(hosted, plan, numbered);
  const startedAt = ports.clock.now();
  const begun = ports.clock.monotonicMs();
  const taken = () => ({ ...numbered, startedAt, ms: ports.clock.monotonicMs() - begun });
  try {
    const deadlineMs = deadlineOf(site, plan);
    const answer = await ports.fpm.request(paths.front, request, { deadlineMs, keptBytes: KEPT_BYTES });
    const { status, body } = answer;
    const loss = isRight(answer) ? undefined : { error: undefined, status, body: beginOf(body, QUOTE_LENGTH) };
    return { ...taken(), status, loss };
  } catch (error) {
    if (!isError(error)) throw error;
    return { ...taken(), status: undefined, loss: { ...NO_ANSWER, error: recordError(error) } };
  }
};

const deadlineOf = (site: Site, { longMs }: DrillPlan): number => site.listen.queueTimeoutMs + longMs + MARGIN_MS;

interface AskedVisit {
  readonly plan: DrillPlan;
  readonly numbered: Numbered;
  readonly way: WebPlace;
}

/** The application over HTTP, where visitors come by that. */
const askAsVisitor = async (hosted: HostedSite, { plan, numbered, way }: AskedVisit): Promise<Sample> => {
  const { site, ports } = hosted;
  const startedAt = ports.clock.now();
  const begun = ports.clock.monotonicMs();
  const request = visit(site, plan.app?.path ?? '/');
  const options = { deadlineMs: deadlineOf(site, plan), keptBytes: KEPT_BYTES };
  const answer = await ports.web.get(way, request, options);
  const taken = { ...numbered, startedAt, ms: ports.clock.monotonicMs() - begun };
  if ('unanswered' in answer) {
    return { ...taken, status: undefined, loss: { ...NO_ANSWER, unanswered: answer.unanswered } };
  }
  const { status, body } = answer;
  const isRight = status === plan.app?.status;
  return { ...taken, status, loss: isRight ? undefined : { ...NO_ANSWER, status, body: beginOf(body, QUOTE_LENGTH) } };
};

const NO_ANSWER: Loss = { error: undefined, status: undefined, body: '' };

/** Of those who were refused nothing was sent, so nothing was run; whoever else is lost may have been. */
export const isRefused = ({ error, unanswered }: Loss): boolean =>
  (unanswered !== undefined && REFUSED.includes(unanswered)) || error?.code === 'fastcgi-unreachable';

const REFUSED: readonly string[] = ['ECONNREFUSED', 'ENOENT', 'EAGAIN'];
