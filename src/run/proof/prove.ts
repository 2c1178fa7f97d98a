import type { UnprovenReason } from '../../base/error-reasons.ts';
import { isError, PhpZdError } from '../../base/errors.ts';
import { replicaUnit, webUnit } from '../../base/paths.ts';
import { printable } from '../../base/printable.ts';
import type { Clock } from '../../ports/clock.ts';
import { areSame } from '../../ports/files.ts';
import type { FpmAnswer } from '../../ports/php-fpm.ts';
import { isAtOrBelow } from '../../site/paths.ts';
import type { Health, Site } from '../../site/site.ts';
import { observeLeftBehind } from '../ask/left-behind.ts';
import { poll } from '../ask/poll.ts';
import { readMeta } from '../generation/generation.ts';
import { runsGeneration } from '../generation/runs-generation.ts';
import { findStray } from '../site/links.ts';
import type { SiteRun } from '../site/site-run.ts';
import { fatalError, findLoggedFatal, quotePhp } from './fatal-log.ts';
import { matches } from './matches.ts';
import { brokenBy, ownRequest } from './own-request.ts';
import { ownWebRequest } from './own-web-request.ts';
import { findUnopened } from './unopened.ts';

/** What a replica should run. */
export interface Meant {
  readonly generation: string;
  readonly release: string;
}

/**
 * Proves that a replica runs what is meant and is well. READY=1 says no more than "listening", and a release with a parse error
 * is READY too (facts.md F7). So the replica is asked, and its log is read. Rejects with `replica-unproven`.
 */
export const prove = async (hosted: SiteRun, slot: number, meant: Meant): Promise<void> => {
  const { name, web } = hosted.site;
  const { mainPid, activeSince } = await hosted.ports.systemd.lastStart(replicaUnit(name, slot));
  const { generation } = meant;
  if (!(await runsGeneration(hosted, mainPid, { generation, meta: await readMeta(hosted, generation) }))) {
    throw new PhpZdError('replica-unproven', {
      replica: slot,
      reason: { kind: 'other-release', wanted: meant.release },
    });
  }
  const healthy = proveHealth(hosted, slot).catch(namedByLog(hosted, slot)).catch(namedByLinks(hosted, meant.release));
  const since = asWallClock(hosted.ports.clock, await healthy);
  // Its process has the release in its place by then, since it has answered.
  if (web.server !== undefined) await requireOwnWeb(hosted, slot, meant);
  const fatal = await requireLog(slot, findLoggedFatal(hosted, slot, { until: activeSince ?? 0, since }));
  if (fatal !== undefined) {
    throw new PhpZdError('replica-unproven', { replica: slot, reason: { kind: 'logged', error: fatal } });
  }
};

/** The web server beside the replica may be another generation's, where somebody started it by hand. */
const requireOwnWeb = async ({ ports, site, paths }: SiteRun, slot: number, { release }: Meant): Promise<void> => {
  const { mainPid } = await ports.systemd.lastStart(webUnit(site.name, slot));
  const seen = mainPid === 0 ? undefined : await ports.files.identityInProcess(mainPid, site.mount);
  const wanted = await ports.files.identity(`${paths.pin(slot)}/release`);
  // One that does not run has crashed since, and comes back with what its pin names.
  if (seen === undefined || areSame(seen, wanted)) return;
  throw new PhpZdError('replica-unproven', { replica: slot, reason: { kind: 'other-release', wanted: release } });
};

/**
 * A replica that has not answered may have named the error in its log, or be late for all that it writes there. Throws why it is not
 * proven, with that error where there is one: a log that cannot be read is no other reason.
 */
const namedByLog =
  (hosted: SiteRun, slot: number) =>
  async (error: unknown): Promise<never> => {
    if (!isError(error, 'replica-unproven') || error.facts.reason.kind !== 'unanswered') throw error;
    const logged = findLoggedFatal(hosted, slot, { until: 0, since: 0 });
    const php = await logged.catch(() => undefined);
    throw php === undefined ? error : new PhpZdError('replica-unproven', { ...error.facts, php });
  };

/** A release that lacks what its links lead to answers badly, or says nothing. */
const namedByLinks =
  ({ ports, site }: SiteRun, release: string) =>
  async (error: unknown): Promise<never> => {
    if (!isError(error, 'replica-unproven')) throw error;
    const stray = await findStray(ports, release, site);
    throw stray === undefined ? error : new PhpZdError('replica-unproven', { ...error.facts, links: stray.links });
  };

/** A log that cannot be read may have any error in it. */
const requireLog = async <Found>(slot: number, found: Promise<Found>): Promise<Found> => {
  try {
    return await found;
  } catch (error) {
    if (!isError(error, 'command-failed')) throw error;
    const { status, output } = error.facts;
    const said = quotePhp(output === '' ? status : `${status}: ${output}`);
    throw new PhpZdError('replica-unproven', { replica: slot, reason: { kind: 'unread-log', said } }, error);
  }
};

/** The proof of a site without [health]: FPM's ping, and the site's index answering without a 5xx. */
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

/** An instant by both clocks. */
interface Instant {
  readonly wall: number;
  readonly monotonicMs: number;
}

/**
 * The instant by the wall clock from which on all later entries of the journal are, also when that clock was set back meanwhile: then
 * it is an earlier one, and earlier entries count too.
 */
const asWallClock = (clock: Clock, instant: Instant): number =>
  Math.min(instant.wall, clock.now() - (clock.monotonicMs() - instant.monotonicMs));

/**
 * Asks until there were as many good answers in a row as [health] wants, the last of them after the soak time, and gives the
 * instant since when the replica is well. Rejects with `replica-unproven` at the deadline.
 */
const proveHealth = async (hosted: SiteRun, slot: number): Promise<Instant> => {
  const { clock } = hosted.ports;
  const health = hosted.site.health ?? BARE_HEALTH;
  const wholeMs = Math.min(health.deadlineMs, hosted.mostProofMs ?? Number.POSITIVE_INFINITY);
  const end = clock.monotonicMs() + wholeMs;
  let passes = 0;
  // By the wall clock, as the times of the journal's entries are.
  let wellSince = 0;
  let firstAskedAt = 0;
  let firstPassAt = 0;
  let complaint: Complaint | undefined;
  const atDeadline = (ms: number) => {
    const reason = complaint?.reason ?? { kind: 'unsteady', soakMs: health.soakMs };
    throw new PhpZdError('replica-unproven', { replica: slot, reason, ms, php: complaint?.php });
  };
  // No last question with next to no time left: how the replica answered before says more than that it then did not.
  const deadlineMs = wholeMs - health.intervalMs;
  return await poll(clock, { intervalMs: health.intervalMs, deadlineMs, atDeadline }, async () => {
    const askedAt = clock.monotonicMs();
    const givenMs = end - clock.monotonicMs();
    complaint = moreTelling(complaint, await askHealth(hosted, slot, { deadlineMs: givenMs }), givenMs);
    if (complaint?.php !== undefined && isForGood(hosted.site, complaint.php)) {
      throw new PhpZdError('replica-unproven', { replica: slot, reason: complaint.reason, php: complaint.php });
    }
    passes = complaint === undefined ? passes + 1 : 0;
    if (passes === 1) {
      [firstAskedAt, firstPassAt] = [askedAt, clock.monotonicMs()];
      wellSince = clock.now() - (firstPassAt - firstAskedAt);
    }
    return passes >= health.passes && clock.monotonicMs() - firstPassAt >= health.soakMs
      ? { wall: wellSince, monotonicMs: firstAskedAt }
      : undefined;
  });
};

/**
 * Whether asking again is of no use: a script that does not parse, in the release, which does not change while a replica runs it. What
 * the site itself writes, such as a compiled template, may be half written and whole with the next request.
 */
const isForGood = ({ access, mount, shared, writable }: Site, php: string): boolean => {
  const [, file = ''] = /^PHP Parse error: .{1,200} in (\/[^ ]{1,200}) on line \d{1,9}$/.exec(php) ?? [];
  const written = [...shared.keys(), ...writable].map(path => (path.startsWith('/') ? path : `${mount}/${path}`));
  return access === 'read-only' && isAtOrBelow(file, mount) && !written.some(directory => isAtOrBelow(file, directory));
};

/** Asks a replica whose FPM has just told its status once, as its proof does. Undefined when the answer is good. */
export const findUnwell = async (hosted: SiteRun, slot: number): Promise<PhpZdError | undefined> => {
  const complaint = await askHealth(hosted, slot, { deadlineMs: LOOK_MS, hasStatus: true });
  if (complaint === undefined) return undefined;
  return new PhpZdError('replica-unproven', { replica: slot, reason: complaint.reason, php: complaint.php });
};

const LOOK_MS = 5_000;

/** Why an answer is not good, and what PHP said about it. */
interface Complaint {
  readonly reason: UnprovenReason;
  readonly php?: string | undefined;
  /** Whether the complaint is that no answer came in the time that was left. */
  readonly isLate?: boolean;
}

/** In less time than this even a good replica may not answer. */
const SHORT_MS = 1_000;

/**
 * The complaint that tells more: how the replica answered before says more than that no answer came in the little time that was
 * left.
 */
const moreTelling = (
  before: Complaint | undefined,
  now: Complaint | undefined,
  givenMs: number,
): Complaint | undefined => (now?.isLate && givenMs < SHORT_MS ? (before ?? now) : now);

interface Asking {
  readonly deadlineMs: number;
  /** FPM has just told its status, which says more than a ping. */
  readonly hasStatus?: boolean;
}

/** Asks the replica once; undefined when the answer is good. */
const askHealth = async (
  hosted: SiteRun,
  slot: number,
  { deadlineMs, hasStatus = false }: Asking,
): Promise<Complaint | undefined> => {
  const { site, paths, ports } = hosted;
  const { path } = site.health ?? BARE_HEALTH;
  try {
    if (site.health === undefined && !hasStatus) await ports.fpm.ping(paths.socket(slot), { deadlineMs });
    const request = ownRequest(hosted, `${paths.pin(slot)}/release`, path);
    const answer = await ports.fpm.request(paths.socket(slot), request, { deadlineMs });
    const ofPhp = judgeOpened(site, path, answer) ?? (site.health ? judge(site.health, answer) : judgeBare(answer));
    const reason = ofPhp ?? (site.web.server && (await askWeb(hosted, slot, deadlineMs)));
    if (reason === undefined) tellRedirect(hosted, slot, answer);
    if (reason === undefined) return undefined;
    const isSaid = reason.kind === 'unopened' && reason.said !== '';
    return { reason, php: isSaid ? undefined : (fatalError(answer.stderr) ?? firstLine(answer.stderr)) };
  } catch (error) {
    const broken = brokenBy(error);
    if (broken !== undefined) return { reason: { kind: 'unanswered', path, broken } };
    const processes = await observeLeftBehind(hosted, slot);
    return { reason: { kind: 'unanswered', path, broken, ...(processes.length > 0 && { processes }) }, isLate: true };
  }
};

/** What visitors get is what the replica's own web server answers. */
const askWeb = async ({ site, paths, ports }: SiteRun, slot: number, deadlineMs: number) => {
  const { path, status, body, anyBelow } = { anyBelow: undefined, ...(site.health ?? BARE_HEALTH) };
  const answer = await ports.web.get(paths.webSocket(slot), ownWebRequest(site, path), { deadlineMs });
  if ('unanswered' in answer) return { kind: 'web-unanswered', path, broken: answer.unanswered } as const;
  if (anyBelow !== undefined && answer.status < anyBelow) return undefined;
  // It comes to PHP by HAProxy, which answers that in a maintenance.
  if (answer.status === 503 && (await ports.files.exists(paths.maintenance))) return undefined;
  if (answer.status !== status) return { kind: 'web-status', path, status: answer.status, wanted: status } as const;
  return body === undefined || matches(body, answer.body) !== false
    ? undefined
    : ({ kind: 'body', path, wanted: String(body) } as const);
};

/** Whatever the status that is wanted: no script has given the answer. */
const judgeOpened = (site: Site, path: string, answer: FpmAnswer): UnprovenReason | undefined => {
  const said = findUnopened(site, answer);
  return said === undefined ? undefined : { kind: 'unopened', path, status: answer.status, said };
};

const judge = ({ path, status, body }: Health, answer: FpmAnswer): UnprovenReason | undefined => {
  if (answer.status !== status) {
    return { kind: 'status', path, status: answer.status, wanted: status, location: locationOf(answer) };
  }
  const isMatched = body === undefined || matches(body, answer.body);
  if (isMatched === undefined) return { kind: 'body-late', path, wanted: String(body) };
  if (!isMatched) return { kind: 'body', path, wanted: String(body) };
  return judgeEnd(path, answer);
};

/** Where a redirect leads to. */
const locationOf = ({ status, headers }: FpmAnswer): string | undefined => {
  const location = status >= 300 && status < 400 ? headers.get('location') : undefined;
  return location === undefined ? undefined : printable(location, MOST_LOCATION);
};

const MOST_LOCATION = 200;

/** A redirect proves that PHP runs, and nothing of what visitors come for: they follow it, and a proof does not. */
const tellRedirect = ({ site, emit }: SiteRun, slot: number, answer: FpmAnswer): void => {
  const location = locationOf(answer);
  if (site.health !== undefined || location === undefined) return;
  emit({ kind: 'proof-redirected', slot, path: BARE_HEALTH.path, status: answer.status, location });
};

const judgeBare = (answer: FpmAnswer): UnprovenReason | undefined =>
  answer.status < BARE_HEALTH.anyBelow
    ? judgeEnd(BARE_HEALTH.path, answer)
    : { kind: 'status', path: BARE_HEALTH.path, status: answer.status };

/**
 * What is wrong with an answer whose script ended with an error. Its status may be 200: the script had begun its answer, or the
 * application hides its errors.
 */
const judgeEnd = (path: string, { status, stderr }: FpmAnswer): UnprovenReason | undefined =>
  fatalError(stderr) === undefined ? undefined : { kind: 'ended', path, status };

const firstLine = (stderr: string): string | undefined => {
  const line = stderr
    .trim()
    .split('\n')[0]
    ?.replace(/^PHP message: /, '');
  return line ? quotePhp(line) : undefined;
};
