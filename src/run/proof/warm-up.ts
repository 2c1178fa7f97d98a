import type { WarmUpReason } from '../../base/error-reasons.ts';
import { PhpZdError } from '../../base/errors.ts';
import { eachAtOnce } from '../ask/at-once.ts';
import type { HostedSite, SiteRun } from '../site/site-run.ts';
import { fatalError } from './fatal-log.ts';
import { brokenBy, ownRequest } from './own-request.ts';
import { findUnopened } from './unopened.ts';
import { warmOpcache } from './warm-opcache.ts';

/**
 * Lets a new replica do what its first visitors would wait for: compile the scripts that a serving replica uses, then answer
 * the paths of [warmup]. Rejects with `warmup-failed` when a required path does not answer well; any other failure is emitted.
 */
export const warm = async (run: SiteRun, slot: number): Promise<void> => {
  const { warmup } = run.site;
  const { clock } = run.ports;
  const startedAt = clock.monotonicMs();
  // Compiling gets half of the time at most, so that some is left for the requests.
  const opcacheMs = warmup.paths.length === 0 ? warmup.deadlineMs : warmup.deadlineMs / 2;
  const scripts = warmup.opcache ? await warmOpcache(run, slot, startedAt + opcacheMs) : 0;
  const requests = await warmPaths(run, slot, startedAt + warmup.deadlineMs);
  if (scripts + requests === 0) return;
  run.emit({ kind: 'warmed', slot, requests, scripts, ms: clock.monotonicMs() - startedAt });
};

/** Asks the paths of [warmup], and gives the number of good answers. */
const warmPaths = async (run: SiteRun, slot: number, end: number): Promise<number> => {
  const { paths, count, concurrency, isRequired } = run.site.warmup;
  const requests = paths.flatMap(path => Array.from({ length: count }, () => path));
  const failures: PhpZdError<'warmup-failed'>[] = [];
  await eachAtOnce(requests, concurrency, async path => {
    const reason = await askPath(run, slot, path, end);
    if (reason === undefined) return;
    const error = new PhpZdError('warmup-failed', { replica: slot, path, reason });
    if (isRequired) throw error;
    failures.push(error);
  });
  tellFailures(run, slot, failures);
  return requests.length - failures.length;
};

/** Asks one path; gives the reason when the answer is not good. */
const askPath = async (
  hosted: HostedSite,
  slot: number,
  path: string,
  end: number,
): Promise<WarmUpReason | undefined> => {
  const { paths, ports } = hosted;
  const deadlineMs = end - ports.clock.monotonicMs();
  if (deadlineMs <= 0) return { kind: 'unasked', path };
  try {
    const request = ownRequest(hosted, `${paths.pin(slot)}/release`, path);
    const answer = await ports.fpm.request(paths.socket(slot), request, { deadlineMs });
    const { status, stderr } = answer;
    const unopened = findUnopened(hosted.site, answer);
    const fatal = fatalError(stderr);
    if (status < 500 && fatal === undefined && unopened === undefined) return undefined;
    return { kind: 'status', path, status, php: unopened || fatal };
  } catch (error) {
    return { kind: 'unanswered', path, broken: brokenBy(error) };
  }
};

const tellFailures = ({ emit }: SiteRun, slot: number, failures: readonly PhpZdError<'warmup-failed'>[]): void => {
  const [first] = failures;
  if (first === undefined) return;
  const error = new PhpZdError(first.code, { ...first.facts, failures: failures.length });
  emit({ kind: 'warmup-failed', slot, error });
};
