import { isError, PhpZdError, valueUnless } from '../../base/errors.ts';
import type { Step } from '../../plan/step.ts';
import type { DirectoryRights } from '../../site/host.ts';
import { directoriesAbove } from '../../site/paths.ts';
import { goneFront } from '../ask/front-link.ts';
import { keepMountsSocket } from '../ask/own-sockets.ts';
import { rightFront } from '../front/end-hold.ts';
import { restIdle } from '../gate/rest.ts';
import { saysOther } from '../generation/changed-file.ts';
import {
  asPromoted,
  describeGeneration,
  type GenerationMeta,
  linkedGeneration,
  loadPromoted,
  promotedMeta,
  writeGeneration,
} from '../generation/generation.ts';
import type { StepRun } from '../generation/step-run.ts';
import { notePhpIni } from '../observe/changed-php-ini.ts';
import { observeSite } from '../observe/site.ts';
import { healthDeadlineMs } from '../proof/prove.ts';
import { closedPhpProblem } from '../site/closed-php.ts';
import { loadSiteToRun } from '../site/environment.ts';
import type { SlotFailure } from '../site/events.ts';
import { type FitRelease, findRelease, lookAtRelease, resolveNamed, resolveRelease } from '../site/fit-release.ts';
import { requireFreePlace } from '../site/free-place.ts';
import { requireHeldAddresses } from '../site/held-addresses.ts';
import type { LoadedSite } from '../site/load-site.ts';
import type { Ports } from '../site/ports.ts';
import { hostedByName, hostedSite, type SiteRun, siteRun } from '../site/site-run.ts';
import { requireFreeSocket } from '../site/validate.ts';
import { apply } from '../slots/apply.ts';
import { bringHttp } from '../slots/bring-http.ts';
import type { Proofs } from './each-slot.ts';
import { mendSlots, servingIn } from './settle.ts';
import { requireOpenWayIn } from './way-in.ts';

/**
 * Brings the site up on the release that was promoted last, since only a roll promotes another one (P3). The first time, and where
 * no replica of that release can be started, on the one that the site's link names, once it is proven. True when at least one
 * replica serves: at boot some are better than none.
 */
export const startSite = async (site: SiteRun, loaded: LoadedSite): Promise<boolean> => {
  await keepMountsSocket(site.ports);
  const promoted = (await promotedMeta(site))?.release;
  const start = (fit: FitRelease) => bringUp(site, loaded, fit);
  const first = await settled(async () => await start(await releaseToStart(site)));
  const error = reasonOf(first);
  if (promoted === undefined || error === undefined) return tell(site, first);
  const kept = await loadPromoted(site);
  if (kept !== undefined && saysOther(site.site, kept.site)) {
    site.emit({ kind: 'using-promoted', problems: [], error });
    const second = await settled(async () => await bringUpKept(site, kept));
    if (reasonOf(second) === undefined) return tell(site, second);
  }
  const instead = isOfHost(error) ? undefined : await releaseInstead(site, promoted);
  if (instead === undefined) return tell(site, first);
  site.emit({ kind: 'promoted-broken', release: promoted, instead: instead.path, error });
  return tell(site, await settled(async () => await start(instead)));
};

/** What a start of a release came to. */
interface Started {
  readonly run: StepRun;
  readonly failures: readonly SlotFailure[];
  readonly serving: readonly number[];
  /** Why replicas that serve are not proven. */
  readonly unproven: readonly PhpZdError[];
  /** The socket by which the web server comes to them, where that is gone. */
  readonly frontGone: string | undefined;
}

/**
 * What was promoted is on the disk, all of it: a boot needs no room for it, and it served. So it comes up whatever the file of now is refused
 * for: a line that is for the next release, for example.
 */
const bringUpKept = async ({ ports, emit }: SiteRun, kept: LoadedSite): Promise<Started> => {
  const site = siteRun(kept.site, ports, emit);
  return await bringUp(site, kept, await releaseToStart(site));
};

const bringUp = async (site: SiteRun, loaded: LoadedSite, fit: FitRelease): Promise<Started> => {
  const { texts } = loaded;
  await requireFreeSocket(site);
  await requireHeldAddresses(site);
  const promoted = await asPromoted(site, site.site, fit);
  if (promoted === undefined) await requireNewWayIn(site, loaded);
  const generation = promoted ?? (await describeGeneration(site, site.site, fit));
  const run: StepRun = { ...site, generation, texts };
  await writeGeneration(run, generation, texts);
  await apply(run, generation);
  // Before anybody serves: a maintenance that the site was renamed or restored with has no link yet.
  await rightFront(run);
  const proofs = await proofsOfStart(run);
  const { failures } = await mendSlots(run, proofs);
  // Last: where the place is taken by somebody else, the site serves those who come by the other way.
  await bringHttp(run, generation);
  await restIdle(run.ports);
  await notePhpIni(run, run.site);
  const serving = servingIn(await observeSite(run));
  return { run, failures, serving, unproven: proofs.unproven, frontGone: await goneFront(run) };
};

/** What a start came to, or why there was none. */
const settled = async (start: () => Promise<Started>): Promise<Started | PhpZdError> => {
  try {
    return await start();
  } catch (error) {
    if (!isError(error)) throw error;
    return error;
  }
};

/** What is new in the file is promoted before anybody comes in by it, and then there is nothing to go back to. */
const requireNewWayIn = async (site: SiteRun, loaded: LoadedSite): Promise<void> => {
  const kept = await loadPromoted(site, loaded);
  if (kept === undefined || !saysOther(site.site, kept.site)) return;
  await requireFreePlace(site, loaded);
  await requireOpenWayIn(site, loaded);
};

/** Whether each release of the site would be refused for it. */
const isOfHost = (error: PhpZdError): boolean => isError(error, 'socket-taken', 'network-unheld', 'site-invalid');

/** Why nobody serves; undefined when somebody does, and where a person is to see what somebody put in the place of the release. */
const reasonOf = (started: Started | PhpZdError): PhpZdError | undefined => {
  if (!('run' in started)) {
    const isReplaced = isError(started, 'release-unfit') && started.facts.reason.kind === 'replaced';
    return isReplaced ? undefined : started;
  }
  return started.serving.length > 0 ? undefined : started.failures[0]?.error;
};

/** The release that the link names, where it is another one and may be given to replicas. */
const releaseInstead = async (site: SiteRun, promoted: string): Promise<FitRelease | undefined> => {
  // Why the promoted one does not start is what is said where the link names no good one.
  const linked = await valueUnless(() => lookAtLinked(site));
  return linked?.path === promoted ? undefined : linked;
};

const tell = ({ emit }: SiteRun, started: Started | PhpZdError): boolean => {
  if (!('run' in started)) throw started;
  const { run, failures, serving, unproven, frontGone } = started;
  if (serving.length === 0) {
    emit({ kind: 'start-failed', failures });
    return false;
  }
  if (failures.length > 0) emit({ kind: 'unsettled', failures, serving });
  const [unprovenReason] = unproven;
  emit({
    ...{ kind: 'started', release: run.generation.release, serving: serving.length, replicas: run.site.replicas },
    ...(unprovenReason !== undefined && { unproven: unprovenReason }),
    ...(frontGone !== undefined && { frontGone }),
  });
  return true;
};

/**
 * For how long, in all, what was promoted may keep its web server waiting for a proof. It serves then all the same, as it would after a
 * crash: it was proven when it was rolled to, and at a boot a database may come up later than PHP.
 */
const COMING_BACK_MS = 10_000;
/** A replica that is asked late has time for an answer. */
const LEAST_PROOF_MS = 1_000;

interface ProofsOfStart extends Proofs {
  /** Why replicas that serve are not proven. */
  readonly unproven: readonly PhpZdError[];
}

/**
 * The proofs of a start have a bound for all replicas together, since web servers wait for the start, with all of their sites. What
 * was never promoted serves only when it is proven.
 */
const proofsOfStart = async (run: StepRun): Promise<ProofsOfStart> => {
  const { clock } = run.ports;
  const wasPromoted = (await linkedGeneration(run, run.paths.promoted)) === run.generation.id;
  const unproven: PhpZdError[] = [];
  const ownMs = healthDeadlineMs(run.site);
  let end: number | undefined;
  const bound = (unbound: StepRun, step: Step): StepRun => {
    if (step.kind !== 'prove') return unbound;
    end ??= clock.monotonicMs() + (wasPromoted ? COMING_BACK_MS : ownMs);
    return { ...unbound, mostProofMs: Math.max(LEAST_PROOF_MS, end - clock.monotonicMs()) };
  };
  const bears = (step: Step, error: PhpZdError): boolean => {
    const isBorne = wasPromoted && step.kind === 'prove' && step.generation === run.generation.id && isUnwell(error);
    if (isBorne) unproven.push(error);
    return isBorne;
  };
  return { bound, bears, unproven };
};

/** The replica runs what it should, and does not answer as it should. */
const isUnwell = (error: PhpZdError): boolean =>
  isError(error, 'replica-unproven') && error.facts.reason.kind !== 'other-release';

/**
 * Rejects when a start would find no release: with `release-missing` when the promoted one is gone and the link names none either;
 * as the first roll would be refused, for a site that has never been rolled. A start of any other brings up what was promoted,
 * whatever its file says by now.
 */
export const requireReleaseToStart = async (ports: Ports, name: string): Promise<void> => {
  const promoted = await promotedMeta(hostedByName(name, ports));
  if (promoted === undefined) {
    await resolveRelease(hostedSite((await loadSiteToRun(ports, name)).site, ports));
    return;
  }
  const { host } = ports;
  if (host.isDirectory(promoted.release) || host.resolveDirectory(promoted.link) !== undefined) return;
  throw new PhpZdError('release-missing', { path: promoted.release });
};

const releaseToStart = async (run: SiteRun): Promise<FitRelease> => {
  const promoted = await promotedMeta(run);
  if (promoted === undefined) return await findRelease(run);
  if (run.ports.host.isDirectory(promoted.release) && !isMoved(run, promoted)) {
    return await warned(run, await lookAtRelease(run, promoted.release));
  }
  const release = await lookAtLinked(run);
  run.emit({ kind: 'promoted-missing', release: promoted.release, instead: release.path });
  return release;
};

const lookAtLinked = async (run: SiteRun): Promise<FitRelease> =>
  await warned(run, await lookAtRelease(run, resolveNamed(run.ports, run.site.link)));

/** What has served is not kept down by what PHP-FPM may not read by now. */
const warned = async (run: SiteRun, fit: FitRelease): Promise<FitRelease> => {
  if (fit.closedPhp.length > 0) run.emit({ kind: 'warnings', warnings: [await closedPhpProblem(run, fit.closedPhp)] });
  return fit;
};

/**
 * Whether a link of root's alone is on the way to the promoted release by now, as where its disk was changed, and the site's own link leads
 * where that does. Whoever else could have put one there is no reason to start another directory than the one that was proven.
 */
const isMoved = ({ ports: { host } }: SiteRun, { release, link }: GenerationMeta): boolean => {
  const now = host.resolveDirectory(release);
  if (now === undefined || now === release || now !== host.resolveDirectory(link)) return false;
  const way = [...directoriesAbove(release)].reverse();
  const put = way.find(directory => host.resolveDirectory(directory) !== directory);
  if (put === undefined || host.resolveDirectory(put) + release.slice(put.length) !== now) return false;
  return directoriesAbove(put).every(directory => isRootsAlone(host.rightsTo(directory)));
};

/** Group and others may write. */
const WRITABLE = 0o022;
const isRootsAlone = (rights: DirectoryRights | undefined): boolean =>
  rights?.uid === 0 && (rights.mode & WRITABLE) === 0;
