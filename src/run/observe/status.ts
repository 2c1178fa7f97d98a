import type { Blocker } from '../../base/blocker.ts';
import { type RecordedError, recordError } from '../../base/errors.ts';
import type { LeftProcess } from '../../base/left-process.ts';
import { balancerUnit, parkUnit, replicaUnit, siteUnit } from '../../base/paths.ts';
import { isServing, type ObservedSlot } from '../../plan/observed.ts';
import type { AnswerFigures, BackendState, BackendTotals, Connections } from '../../ports/balancer.ts';
import type { UnitUsage } from '../../ports/systemd.ts';
import type { LostExtensions } from '../../site/lost-extensions.ts';
import type { GlancedSite } from '../../site/parse.ts';
import type { Problem } from '../../site/problem.ts';
import { missingWhereSilent } from '../../site/silent.ts';
import { isEnabled, isStartedAtBoot } from '../ask/at-boot.ts';
import { askBalancer } from '../ask/balancer.ts';
import { blockersIn } from '../ask/blocker.ts';
import { askFpm } from '../ask/fpm.ts';
import { bootLinks, goneFront, isFrontRight, isGone } from '../ask/front-link.ts';
import { observeLeftBehind } from '../ask/left-behind.ts';
import { type FrontStatus, observeFront } from '../front/observe-front.ts';
import { isFileAhead } from '../generation/changed-file.ts';
import { linkedGeneration, loadPromoted, readMeta } from '../generation/generation.ts';
import { pinnedSlots } from '../generation/slot-numbers.ts';
import { findWayBack } from '../generation/way-back.ts';
import { lostIn, type Receipt } from '../receipt/receipt.ts';
import { readExposure } from '../record/exposure.ts';
import { readHistoryOf } from '../record/history.ts';
import { type LastRoll, readLastRoll } from '../record/last-roll.ts';
import { glanceAtSiteFile, SiteProblems } from '../site/load-site.ts';
import type { Hosted } from '../site/site-run.ts';
import { readParkedUntil } from '../slots/hold.ts';
import { changedPhpIni } from './changed-php-ini.ts';
import type { Crashes } from './crashes.ts';
import { gonePhp } from './gone-php.ts';
import { activeStateOf, type HostGlance } from './host-glance.ts';
import { findHttpDown, type UnitDown } from './http-down.ts';
import { lostExtensions } from './lost-extensions.ts';
import { type OddMount, oddMount } from './odd-mount.ts';
import { replacedFiles, replacedProgram } from './replaced-files.ts';
import { type ReplacedPlace, replacedPlaces } from './replaced-places.ts';
import { observeSlots } from './site.ts';

/** A site at one instant, as an operator asks for it. Times are milliseconds since 1970. */
export interface SiteStatus extends FrontStatus {
  readonly site: string;
  /** systemd's words for php-zd@SITE.service and php-zd-haproxy.service. */
  readonly unit: string;
  readonly balancerUnit: string;
  /** The socket of HAProxy's, while it runs, without which nobody can ask it; undefined when it is there, or HAProxy has answered. */
  readonly controlGone: string | undefined;
  /** What HAProxy has counted since its process started; undefined when it does not answer or does not know the site. */
  readonly balancer: BalancerFigures | undefined;
  /**
   * What replicas have answered since HAProxy's process started. Undefined when that is not counted, there were no answers, HAProxy does
   * not say, or `isDetailed` is not asked for.
   */
  readonly answers: AnswerFigures | undefined;
  /** The site's link, or the directory that the site file names instead. */
  readonly link: string | undefined;
  /** The directory that `link` names now, links followed; undefined when that is no directory. */
  readonly linked: string | undefined;
  readonly promoted: string | undefined;
  /** How exposed systemd-analyze(1) finds the replicas' unit, from 0 to 10; undefined when it did not say, or `isDetailed` is not asked for. */
  readonly exposure: number | undefined;
  /** What a rollback would go to. */
  readonly previous: string | undefined;
  /** What to deploy where the link names nothing: the promoted release while that is there, else what a rollback would go to. */
  readonly deployable: string | undefined;
  /** The releases of the replicas that serve, each once. */
  readonly running: readonly string[];
  /** The promoted generation. */
  readonly generation: string | undefined;
  readonly replicas: readonly ReplicaStatus[];
  readonly wanted: number;
  readonly serving: number;
  /** The children of one replica, in the promoted generation. */
  readonly maxChildren: number | undefined;
  readonly lastRoll: LastRoll | undefined;
  /** What the last roll cost; undefined when that roll is not over or was refused, or there was none. */
  readonly lastReceipt: Receipt | undefined;
  /** Where the web server looks for the site and does not find it; undefined when it does, or when nothing serves. */
  readonly unlinked: string | undefined;
  /** HAProxy's socket to which that leads, where it is gone; undefined when it is there, or when nothing serves. */
  readonly frontGone: string | undefined;
  /** The unit without which nobody comes in over HTTP, or not to one of the replicas, where somebody should; undefined when it runs, or when nothing serves. */
  readonly httpDown: UnitDown | undefined;
  /** Why replicas that serve do not see their release any more, where it is a mount. */
  readonly mount: OddMount;
  /** Whether a boot starts the site, where its unit is stopped; else undefined. */
  readonly isAtBoot: boolean | undefined;
  /** Whether the site file was changed, and not rolled yet; undefined where that is not asked for (`isOnly`). */
  readonly isFileAhead: boolean | undefined;
  /** The versions of PHP-FPM that the host has. */
  readonly installedPhp: readonly string[];
  /** What a roll to the PHP that an upgrade has brought would take from the site; undefined where that is nothing, or is not known. */
  readonly lost: LostExtensions | undefined;
  /** What replicas write to that lies elsewhere by now, or nowhere; undefined where that is not asked for (`isOnly`). */
  readonly replaced: readonly ReplacedPlace[] | undefined;
  /** The files of PHP's settings that were changed since replicas read them; undefined where that is not asked for (`isOnly`). */
  readonly phpIni: readonly string[] | undefined;
  /** What became of PHP-FPM's children; undefined where none crashed of late, or the journal does not say. */
  readonly crashes: Crashes | undefined;
  /** Why a roll would be refused, and may stop in the middle. */
  readonly lack: RecordedError | undefined;
  /** What is wrong with the site file by itself. */
  readonly problems: readonly Problem[];
}

export interface BalancerFigures extends BackendTotals {
  /** Requests that got no whole answer. */
  readonly lost: number;
  /** The runtime sockets of HAProxies of the operator's that do not answer, or do not know the site. */
  readonly silent: readonly string[];
  /** Undefined when HAProxy did not say. */
  readonly ofAllSites: Connections | undefined;
}

export interface ReplicaStatus extends ObservedSlot {
  readonly isServing: boolean;
  /**
   * Since when the replica runs. This and what follows, up to the CPU time, are left out when `isDetailed` is not asked for.
   */
  readonly since: number | undefined;
  readonly restarts: number;
  /** systemd's word for how the replica's last run ended. */
  readonly result: string | undefined;
  readonly memoryBytes: number | undefined;
  /** CPU time since the replica was started. */
  readonly cpuMs: number | undefined;
  /**
   * Children at work, as FPM says; undefined when it does not. Where `isDetailed` is not asked for: requests that HAProxies have there, and
   * undefined when they do not say.
   */
  readonly busy: number | undefined;
  /** Children that are idle, requests since the start, how often all were at work; undefined when FPM does not say, or is not asked. */
  readonly idle: number | undefined;
  readonly accepted: number | undefined;
  readonly maxChildrenReached: number | undefined;
  /** Requests that wait in HAProxy for this replica. */
  readonly queued: number | undefined;
  /** A socket of a running one that is gone: nobody can connect there any more. */
  readonly goneSocket: string | undefined;
  /** What a parked one still has to do; of any other, and when FPM does not say, nothing. */
  readonly blockers: readonly Blocker[];
  /** Whether nobody looks any more if a parked one has come free: its timer does not run. */
  readonly isUnwatched: boolean;
  /** How long a parked one may stay at most; undefined when that is for ever, or when it is not parked. */
  readonly parkedForMs: number | undefined;
  /** What requests of a parked one left running. */
  readonly processes: readonly LeftProcess[];
  /** PHP was upgraded since the replica was started, or, where `isDetailed` is asked for, an extension or a library of it. */
  readonly isOutdated: boolean;
  /** The PHP-FPM that the replica runs, where that was removed, and nothing is in its place. */
  readonly gonePhp: string | undefined;
}

export interface StatusOptions {
  /**
   * Whether to compare what was promoted with the site file, and with what lies on the host by now: for a page of one site, since that reads
   * files of each.
   */
  readonly isOnly?: boolean;
  /**
   * Whether to look for what a page shows and a line of a table does not: since when, memory, CPU time, the receipt. Without it no replica
   * is asked but a parked one: what a table says of each replica, systemd, HAProxy and links have said at once (facts.md N90).
   */
  readonly isDetailed: boolean;
}

/** Rejects with `site-unknown`, and with `SiteProblems` when the site's file is broken and it never was promoted. */
export const observeStatus = async (
  hosted: Hosted,
  host: HostGlance,
  { isDetailed, isOnly = false }: StatusOptions,
): Promise<SiteStatus> => {
  const { paths, ports, site } = hosted;
  const unit = activeStateOf(host, siteUnit(site.name));
  const backend = host.backends?.get(site.name);
  const file = await glanceAtSiteFile(ports, site.name);
  const [generation, previous, lastRoll, replicas, front] = await Promise.all([
    linkedGeneration(hosted, paths.promoted),
    findWayBack(hosted).then(({ release }) => release),
    readLastRoll(hosted),
    observeReplicas(hosted, { host, backend, isDetailed }),
    observeFront(hosted),
  ]);
  const meta = generation === undefined ? undefined : await readMeta(hosted, generation);
  const broken = problemsOf(file);
  if (meta === undefined && broken.length > 0) throw new SiteProblems(site.name, broken);
  const link = siteOf(file)?.link ?? meta?.link;
  const isLost = meta !== undefined && !missingWhereSilent(ports.host).isDirectory(meta.release);
  const serving = replicas.filter(replica => replica.isServing);
  const isUpgraded = serving.some(({ isOutdated }) => isOutdated);
  const kept = ports.isRoot && serving.length > 0 && (isOnly || isUpgraded) ? await loadPromoted(hosted) : undefined;
  return {
    site: site.name,
    unit,
    balancerUnit: activeStateOf(host, balancerUnit),
    controlGone: host.controlGone,
    balancer: backend && {
      ...{ ...backend.totals, lost: lostIn(backend.totals) },
      ...{ silent: backend.silent ?? [], ofAllSites: host.connections },
    },
    // What came by a HAProxy of the operator's was counted by nobody.
    answers:
      isDetailed && backend !== undefined && backend.silent === undefined ? await readAnswerFigures(hosted) : undefined,
    link,
    linked: link === undefined ? undefined : missingWhereSilent(ports.host).resolveDirectory(link),
    promoted: meta?.release,
    exposure: isDetailed ? await readExposure(hosted) : undefined,
    previous,
    deployable: isLost ? previous : (meta?.release ?? previous),
    running: [...new Set(serving.map(({ release }) => release ?? 'unknown'))],
    generation,
    replicas,
    // The running replicas were made from the promoted generation. The file may say something else that no roll has brought
    // yet.
    wanted: meta?.replicas ?? siteOf(file)?.replicas ?? 0,
    serving: serving.length,
    maxChildren: meta?.maxChildren,
    ...front,
    lastRoll,
    lastReceipt: isDetailed && lastRoll !== undefined ? (await readHistoryOf(hosted, lastRoll.id))?.receipt : undefined,
    unlinked: serving.length === 0 ? undefined : await findUnlinked(hosted, siteOf(file)?.listen.fastcgi),
    frontGone: serving.length === 0 ? undefined : await goneFront(hosted),
    httpDown:
      serving.length === 0 ? undefined : await findHttpDown(hosted, meta?.web ? serving.map(({ slot }) => slot) : []),
    mount: isLost || serving.some(({ isRunningPin }) => !isRunningPin) ? await oddMount(hosted) : {},
    isAtBoot: unit === 'inactive' ? await (isOnly ? isStartedAtBoot : isEnabled)(ports, site.name) : undefined,
    isFileAhead: isOnly
      ? generation !== undefined && broken.length === 0 && (await isFileAhead(hosted, generation))
      : undefined,
    installedPhp: ports.host.phpBinaries().map(({ version }) => version),
    lost: isUpgraded && kept ? await lostExtensions({ ...hosted, site: kept.site }) : undefined,
    replaced: isOnly && kept ? await replacedPlaces(hosted, kept.generation, serving) : undefined,
    phpIni: isOnly && kept ? await changedPhpIni(hosted, kept.site) : undefined,
    crashes: host.crashes.get(site.name),
    lack: host.lack && recordError(host.lack),
    problems: broken,
  };
};

/** By what was rolled, which the file may be ahead of; by the file where nothing says what that was. */
const findUnlinked = async (hosted: Hosted, ofFile: string | undefined): Promise<string | undefined> => {
  const rolled = await bootLinks(hosted);
  const links = rolled.length > 0 || ofFile === undefined ? rolled : [ofFile];
  const isRight = await Promise.all(links.map(path => isFrontRight(hosted, path)));
  return links.find((_, at) => !isRight[at]);
};

/**
 * Whether as many replicas serve as should, and, between rolls, no more, all of them the promoted generation with a release
 * that is still there. A site whose requests are held or answered by HAProxy does not serve, and one to which a way in is closed serves
 * some, as does one whose PHP crashes.
 */
export const isFullyServing = (status: SiteStatus): boolean => {
  const { unit, replicas, wanted, serving, generation, held, maintenance } = status;
  if (held !== undefined || maintenance !== undefined) return false;
  if (status.unlinked !== undefined || status.frontGone !== undefined || status.httpDown !== undefined) return false;
  if ((status.balancer?.silent ?? []).length > 0 || isLosingRequests(status)) return false;
  if (unit === 'reloading') return serving >= wanted;
  const isRight = ({ isRunningPin, pin }: ReplicaStatus) => isRunningPin && pin === generation;
  return serving > 0 && serving === wanted && replicas.every(replica => !replica.isServing || isRight(replica));
};

/** A crash now and then is told, and alarms nobody. */
const MANY_CRASHES = 10;

const isLosingRequests = ({ crashes, balancer }: SiteStatus): boolean =>
  Math.min(crashes?.count ?? 0, balancer?.lost ?? 0) >= MANY_CRASHES;

const readAnswerFigures = async ({ site, ports }: Hosted): Promise<AnswerFigures | undefined> => {
  const figures = await askBalancer(() => ports.balancer.answerFigures(site.name));
  return figures && Object.values(figures.statuses).some(count => count > 0) ? figures : undefined;
};

const problemsOf = (file: GlancedSite): readonly Problem[] => ('problems' in file ? file.problems : []);
const siteOf = (file: GlancedSite) => ('site' in file ? file.site : undefined);

interface Look extends StatusOptions {
  readonly host: HostGlance;
  readonly backend: BackendState | undefined;
}

const observeReplicas = async (hosted: Hosted, look: Look): Promise<readonly ReplicaStatus[]> => {
  const seen = { units: look.host.replicas.get(hosted.site.name) ?? [], servers: look.backend?.servers ?? [] };
  const slots = await observeSlots(hosted, await pinnedSlots(hosted), seen);
  return await Promise.all(slots.map(slot => observeReplica(hosted, slot, look)));
};

const observeReplica = async (hosted: Hosted, slot: ObservedSlot, look: Look): Promise<ReplicaStatus> => {
  const unit = replicaUnit(hosted.site.name, slot.slot);
  const mainPid = look.host.units.get(unit)?.mainPid ?? 0;
  const asksFpm = mainPid !== 0 && (look.isDetailed || slot.hold === 'parked');
  // Of a replica that does not run as it should, the result is always asked for.
  const asksUsage = slot.unit !== 'inactive' && (look.isDetailed || slot.unit !== 'active');
  const [fpm, usage] = await Promise.all([
    asksFpm ? askFpm(hosted, slot.slot) : undefined,
    asksUsage ? hosted.ports.systemd.usage(unit) : undefined,
  ]);
  const server = look.backend?.servers.find(each => each.server === String(slot.slot));
  return {
    ...slot,
    isServing: isServing(slot),
    ...usageOf(usage),
    busy: look.isDetailed ? fpm?.activeProcesses : server?.sessions,
    idle: fpm?.idleProcesses,
    accepted: fpm?.acceptedConnections,
    maxChildrenReached: fpm?.maxChildrenReached,
    queued: server?.queued,
    goneSocket: slot.unit === 'active' ? await goneSocket(hosted, slot.slot) : undefined,
    blockers: slot.hold === 'parked' ? blockersIn(fpm?.processes ?? []) : [],
    isUnwatched: slot.hold === 'parked' && (await isUnwatched(hosted, slot.slot)),
    parkedForMs: await parkedForMs(hosted, slot.slot),
    processes: slot.hold === 'parked' ? await observeLeftBehind(hosted, slot.slot) : [],
    isOutdated: look.isDetailed
      ? (await replacedFiles(hosted.ports, mainPid)).length > 0
      : (await replacedProgram(hosted.ports, mainPid)) !== undefined,
    gonePhp: await gonePhp(hosted.ports, mainPid),
  };
};

const goneSocket = async ({ paths, ports }: Hosted, slot: number): Promise<string | undefined> => {
  for (const socket of [paths.socket(slot), paths.statusSocket(slot)]) if (await isGone(ports, socket)) return socket;
  return undefined;
};

const isUnwatched = async ({ ports, site }: Hosted, slot: number): Promise<boolean> =>
  (await ports.systemd.activeState(parkUnit(site.name, slot, 'timer'))) !== 'active';

const parkedForMs = async (hosted: Hosted, slot: number): Promise<number | undefined> => {
  const untilMs = (await readParkedUntil(hosted, slot)) ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(untilMs) ? Math.max(0, untilMs - hosted.ports.clock.monotonicMs()) : undefined;
};

const usageOf = (usage: UnitUsage | undefined) => ({
  since: usage?.activeSince,
  restarts: usage?.restarts ?? 0,
  result: usage?.result,
  memoryBytes: usage?.memoryBytes,
  cpuMs: usage?.cpuMs,
});
