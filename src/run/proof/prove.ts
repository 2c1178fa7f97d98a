import type { UnprovenReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { replicaUnit } from '../../base/paths.ts';
import type { FpmAnswer } from '../../ports/php-fpm.ts';
import type { Health, Site } from '../../site/site.ts';
import { poll } from '../ask/poll.ts';
import { runsGeneration } from '../generation/runs-generation.ts';
import type { HostedSite } from '../site/site-run.ts';
import { fatalError, findLoggedFatal, quotePhp } from './fatal-log.ts';
import { brokenBy, ownRequest } from './own-request.ts';

/** What a replica should run. */
export interface Meant {
  readonly generation: string;
  readonly release: string;
}

/**
 * READY=1 says no more than "listening": a release with a parse error is READY (facts.md F7). So it is asked, and what it logged
 * is read. Rejects with `replica-unproven`.
 */
export const prove = async (hosted: HostedSite, slot: number, meant: Meant): Promise<void> => {
  const { mainPid, activeSince } = await hosted.ports.systemd.unit(replicaUnit(hosted.site.name, slot));
  if (!(await runsGeneration(hosted, mainPid, meant.generation))) {
    throw new PhpZdError('replica-unproven', {
      replica: slot,
      reason: { kind: 'other-release', wanted: meant.release },
    });
  }
  const since = await proveHealth(hosted, slot);
  const fatal = await findLoggedFatal(hosted, slot, { until: activeSince ?? 0, since });
  if (fatal !== undefined) {
    throw new PhpZdError('replica-unproven', { replica: slot, reason: { kind: 'logged', error: fatal } });
  }
};

/** Without [health]: FPM's ping, and the site's own index answering without a 5xx. */
const BARE_HEALTH: Health & { readonly anyBelow: number } = {
  path: '/',
  status: 200,
  anyBelow: 500,
  body: undefined,
  headers: new Map(),
  passes: 1,
  intervalMs: 200,
  soakMs: 0,
  deadlineMs: 10_000,
};

export const healthDeadlineMs = ({ health }: Pick<Site, 'health'>): number => (health ?? BARE_HEALTH).deadlineMs;

/** As many good answers in a row as asked for, the last of them after the soak time, before the deadline. Since when it is well. */
const proveHealth = async (hosted: HostedSite, slot: number): Promise<number> => {
  const { clock } = hosted.ports;
  const health = hosted.site.health ?? BARE_HEALTH;
  const end = clock.monotonicMs() + health.deadlineMs;
  let passes = 0;
  // By the wall clock: what the journal says of the replica is told by it.
  let wellSince = 0;
  let firstPassAt = 0;
  let complaint: Complaint | undefined;
  const atDeadline = (ms: number) => {
    const reason = complaint?.reason ?? { kind: 'unsteady', soakMs: health.soakMs };
    throw new PhpZdError('replica-unproven', { replica: slot, reason, ms, php: complaint?.php });
  };
  // Not asked once more with next to no time left: how it answered before says more than that it did not.
  const deadlineMs = health.deadlineMs - health.intervalMs;
  return await poll(clock, { intervalMs: health.intervalMs, deadlineMs, atDeadline }, async () => {
    const askedAt = clock.now();
    const givenMs = end - clock.monotonicMs();
    complaint = moreTelling(complaint, await askHealth(hosted, slot, givenMs), givenMs);
    passes = complaint === undefined ? passes + 1 : 0;
    if (passes === 1) [wellSince, firstPassAt] = [askedAt, clock.monotonicMs()];
    return passes >= health.passes && clock.monotonicMs() - firstPassAt >= health.soakMs ? wellSince : undefined;
  });
};

/** Why an answer is not good, and what PHP said about it. */
interface Complaint {
  readonly reason: UnprovenReason;
  readonly php?: string | undefined;
  /** There was no answer in the time that was left. */
  readonly isLate?: boolean;
}

/** In less time than this a good replica may fail to answer too. */
const SHORT_MS = 1_000;

/** How it answered before says more than that it did not in the little time that was left in the end. */
const moreTelling = (
  before: Complaint | undefined,
  now: Complaint | undefined,
  givenMs: number,
): Complaint | undefined => (now?.isLate && givenMs < SHORT_MS ? (before ?? now) : now);

/** Undefined when the answer is good. */
const askHealth = async (hosted: HostedSite, slot: number, deadlineMs: number): Promise<Complaint | undefined> => {
  const { site, paths, ports } = hosted;
  const { path } = site.health ?? BARE_HEALTH;
  try {
    if (site.health === undefined) await ports.fpm.ping(paths.socket(slot), { deadlineMs });
    const answer = await ports.fpm.request(paths.socket(slot), ownRequest(site, path), { deadlineMs });
    const reason = site.health === undefined ? judgeBare(answer) : judge(site.health, answer);
    return reason === undefined ? undefined : { reason, php: fatalError(answer.stderr) ?? firstLine(answer.stderr) };
  } catch (error) {
    const broken = brokenBy(error);
    return { reason: { kind: 'unanswered', path, broken }, isLate: broken === undefined };
  }
};

const judge = ({ path, status, body }: Health, answer: FpmAnswer): UnprovenReason | undefined => {
  if (answer.status !== status) return { kind: 'status', path, status: answer.status, wanted: status };
  if (body && !body.test(answer.body)) return { kind: 'body', path, wanted: String(body) };
  return judgeEnd(path, answer);
};

const judgeBare = (answer: FpmAnswer): UnprovenReason | undefined =>
  answer.status < BARE_HEALTH.anyBelow
    ? judgeEnd(BARE_HEALTH.path, answer)
    : { kind: 'status', path: BARE_HEALTH.path, status: answer.status };

/** A script that had begun its answer, or an application that hides its errors, says 200 all the same. */
const judgeEnd = (path: string, { status, stderr }: FpmAnswer): UnprovenReason | undefined =>
  fatalError(stderr) === undefined ? undefined : { kind: 'ended', path, status };

const firstLine = (stderr: string): string | undefined => {
  const line = stderr
    .trim()
    .split('\n')[0]
    ?.replace(/^PHP message: /, '');
  return line ? quotePhp(line) : undefined;
};
