import { isError, PhpZdError, recordError } from '../../base/errors.ts';
import { isServing, type ObservedSite } from '../../plan/observed.ts';
import { planRoll } from '../../plan/roll.ts';
import type { Step } from '../../plan/step.ts';
import { debianVersionOf } from '../../site/php-packages.ts';
import { slotsOf } from '../../site/site.ts';
import { inOrder } from '../ask/at-once.ts';
import { bootLinks } from '../ask/front-link.ts';
import { keepMountsSocket } from '../ask/own-sockets.ts';
import { changedSnippet } from '../generation/changed-snippet.ts';
import { linkedGeneration, prepareToDescribe, promotedMeta, readMeta, releaseOf } from '../generation/generation.ts';
import { leftSessions } from '../generation/left-sessions.ts';
import type { StepRun } from '../generation/step-run.ts';
import { observeToPlan } from '../observe/site.ts';
import { readAnswers } from '../proof/bake.ts';
import { AnswerMeter } from '../record/answer-meter.ts';
import { warnOfBadRelease } from '../record/known-bad.ts';
import { type LastRoll, writeLastRoll } from '../record/last-roll.ts';
import { Meter } from '../record/meter.ts';
import { readTotals } from '../record/read-totals.ts';
import type { FoundSlot } from '../site/events.ts';
import type { FitRelease } from '../site/fit-release.ts';
import { strayAtTop, strayProblem } from '../site/links.ts';
import { type HostedSite, type NamedRun, type SiteRun, siteRun } from '../site/site-run.ts';
import { requireFitUserIni } from '../site/user-ini.ts';
import { requireBalancerAccepts } from '../site/validate.ts';
import { changedFiles } from '../slots/apply.ts';
import { watchSlots } from '../slots/slot-files.ts';
import { requireHostsPhp } from '../transient/php-accepted.ts';
import { requireWebAccepts } from '../transient/web-accepts.ts';
import { goalOf } from './goal.ts';
import { requireReadyHost } from './ready-host.ts';
import { runSteps } from './run-steps.ts';
import { generationToRoll, releaseToRoll, type SiteToRoll } from './to-roll.ts';
import { concludeUnfinished } from './unfinished.ts';

/** What a roll needs besides the site. */
export interface RollRequest {
  readonly id: string;
  /** The reload that the roll is part of: `reloadOf`. */
  readonly reload: number;
  readonly readSite: () => Promise<SiteToRoll>;
  /**
   * A directory for files that php-fpm and haproxy only check, and the part of HAProxy's configuration that all sites share.
   */
  readonly scratch: string;
  readonly balancerBase: string;
  /** Aborted when somebody ends the roll. What it does at that instant goes on: the caller ends the process when this rejects. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A whole roll. All that can be wrong before anything is touched comes first (P7). A later failure stops the roll where it is:
 * the replicas that it did not reach are untouched, and the settle, which runs next whatever happens here, brings back the
 * promoted release with its configuration (P4). How the roll went is in its record.
 */
export const rollSite = async (named: NamedRun, request: RollRequest): Promise<LastRoll['state']> => {
  const { clock } = named.ports;
  const startedAt = clock.now();
  const begun = clock.monotonicMs();
  const begin = { id: request.id, reload: request.reload, startedAt };
  const aborted = abortionBy(request.signal);
  const prepared = await prepare(named, request, aborted);
  if ('error' in prepared) {
    named.emit({ kind: 'refused', error: prepared.error });
    await writeLastRoll(named, { ...begin, state: 'refused', error: recordError(prepared.error) });
    return 'refused';
  }
  const { run, steps, slots, from } = prepared;
  const meter = new Meter(await readTotals(run), { prepare: clock.monotonicMs() - begun });
  const roll: LastRoll = { ...begin, startedMonotonicMs: begun, ...from, ...whereTo(run), state: 'running' };
  await writeLastRoll(run, { ...roll, ...meter.record() });
  const end = async (how: Pick<LastRoll, 'state' | 'error'>) => {
    await writeLastRoll(run, { ...roll, ...meter.record(), ...how, endedAt: clock.now() });
    return how.state;
  };
  try {
    const answers = await beginAnswers(run, steps);
    await runSteps(
      { ...run, answers, emit: meter.listen(run.emit) },
      { steps, slots, meter, from: from.from, aborted },
    );
  } catch (error) {
    if (!isError(error)) throw error;
    return await end({ state: 'failed', error: recordError(error) });
  }
  return await end({ state: 'done' });
};

/** The old replicas are counted from the roll's beginning: after a switch they answer no more. */
const beginAnswers = async (run: StepRun, steps: readonly Step[]): Promise<AnswerMeter> => {
  const answers = new AnswerMeter();
  const old = new Set(steps.flatMap(step => (step.kind === 'bake' ? (step.against ?? []) : [])));
  if (old.size > 0) await readAnswers(run, answers, [...old]);
  return answers;
};

/** Rejects with `aborted` when the signal is aborted. */
const abortionBy = (signal: AbortSignal | undefined): Promise<never> => {
  const abortion = new Promise<never>((_, reject) => {
    const abort = () => reject(new PhpZdError('aborted', {}));
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
  // Between two things that race it nobody waits for it.
  abortion.catch(() => undefined);
  return abortion;
};

const prepare = async (named: NamedRun, request: RollRequest, aborted: Promise<never>) => {
  try {
    return await Promise.race([aborted, judge(named, request)]);
  } catch (error) {
    if (!isError(error)) throw error;
    return { error };
  }
};

const judge = async (named: NamedRun, request: RollRequest) => {
  await concludeUnfinished(named);
  const loaded = await request.readSite();
  const site = siteRun(loaded.site, named.ports, named.emit);
  const changed = [...(await leftSessions(named.ports, loaded)), ...(await changedSnippet(named.ports, loaded))];
  const warnings = [...loaded.warnings, ...changed];
  if (warnings.length > 0) named.emit({ kind: 'warnings', warnings });
  const watched = watchSlots(site, slotsOf(site.site));
  const observing = observeToPlan(site);
  // A refusal waits for no balancer.
  observing.catch(() => undefined);
  const ready = requireReady(site, loaded);
  // While another process looks at the release.
  prepareToDescribe();
  const [fit] = await inOrder([ready, watched]);
  const generation = await generationToRoll(site, loaded, fit);
  const run: StepRun = { ...site, generation, texts: loaded.texts };
  const files = (await changedFiles(run, generation)).map(({ path }) => path);
  // A generation that is there already was found good when it was made, and HAProxy's part when HAProxy came to run on it.
  const isAccepted = (await readMeta(run, generation.id)) !== undefined;
  if (isAccepted) await requireHostsPhp(run, { ...run.generation, id: request.id }, isAccepted);
  else {
    const stray = await strayAtTop(run.ports, generation.release, run.site);
    if (stray !== undefined) run.emit({ kind: 'warnings', warnings: [strayProblem(stray, loaded)] });
    await requireAccepted(run, request, files);
  }
  const observed = await observing;
  const steps = planRoll(await goalOf(run, generation), observed, files);
  await warnOfRelease(run);
  return { run, steps, slots: foundSlots(observed), from: await whereFrom(run) };
};

/** Rejects unless the host and the release are ready for a roll. Each looks at something else, so that they wait side by side. */
const requireReady = async (site: SiteRun, loaded: SiteToRoll): Promise<FitRelease> => {
  const [, , fit] = await inOrder([
    requireReadyHost(site, loaded),
    keepMountsSocket(site.ports),
    releaseToRoll(site, loaded),
  ]);
  return fit;
};

/** Has the programs that will read them judge what would be rendered. */
const requireAccepted = async (run: StepRun, request: RollRequest, files: readonly string[]): Promise<void> => {
  const ofReplica = async () => {
    await requireFitUserIni(run, run.generation.release);
    await requireHostsPhp(run, { ...run.generation, id: request.id }, false);
    const warnings = await requireWebAccepts(run, { ...run.generation, id: request.id });
    if (warnings.length > 0) run.emit({ kind: 'warnings', warnings });
  };
  const isBalancers = files.some(file => file === run.paths.balancerConfig || file === run.paths.httpConfig);
  const ofBalancer = async () => {
    if (isBalancers) await requireBalancerAccepts(run, request.scratch, request.balancerBase);
  };
  await inOrder([ofReplica(), ofBalancer()]);
};

const foundSlots = ({ slots }: ObservedSite): readonly FoundSlot[] =>
  slots
    .filter(({ unit }) => unit !== 'inactive')
    .map(found => ({ slot: found.slot, release: found.release, isServing: isServing(found) }));

const warnOfRelease = async (run: StepRun): Promise<void> => {
  const { release, formerMount, site } = run.generation;
  await warnOfBadRelease(run, release);
  if (formerMount !== undefined) run.emit({ kind: 'mount-changed', from: formerMount, to: site.mount });
  const { fastcgi } = site.listen;
  const [from] = await bootLinks(run);
  if (from !== undefined && from !== fastcgi) run.emit({ kind: 'socket-changed', from, to: fastcgi });
};

const whereTo = ({ generation: { id, release } }: StepRun): Pick<LastRoll, 'release' | 'generation'> => ({
  release,
  generation: id,
});

const whereFrom = async (hosted: HostedSite): Promise<Pick<LastRoll, 'from' | 'fromGeneration' | 'php'>> => {
  const fromGeneration = await linkedGeneration(hosted, hosted.paths.promoted);
  const from = await releaseOf(hosted, fromGeneration);
  const php = await phpChange(hosted);
  return {
    ...(from !== undefined && { from }),
    ...(fromGeneration !== undefined && { fromGeneration }),
    ...(php !== undefined && { php }),
  };
};

/** From which PHP to which the roll takes the site, where that is another one. */
const phpChange = async (hosted: HostedSite): Promise<LastRoll['php']> => {
  const former = (await promotedMeta(hosted))?.php;
  const { binary, version } = hosted.site.php;
  return former === undefined || former === binary
    ? undefined
    : { from: debianVersionOf(former) ?? former, to: version };
};
