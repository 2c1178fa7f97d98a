import { parkUnit } from '../../base/paths.ts';
import type { ReplicaStatus, SiteStatus } from '../../run/observe/status.ts';
import { type LostExtensions, lackWords } from '../../site/lost-extensions.ts';
import { isOfNoRelease } from '../../site/read-place.ts';
import { blockerWords } from '../words/blocker.ts';
import { countWords, timesWords } from '../words/count.ts';
import { describeRecorded } from '../words/errors.ts';
import { leftProcessWords } from '../words/left-process.ts';
import { mendMount } from '../words/mount.ts';
import { otherPhpWords, phpName } from '../words/php.ts';
import { type Command, journalOf, phpZd, type Said, say, systemctl } from '../words/said.ts';
import { spanWords } from '../words/span.ts';
import { type Finding, found } from './finding.ts';
import { frontFindings } from './front-findings.ts';
import { shortRelease } from './replicas.ts';

/** What is not right with a site, each finding with what to do about it. */
export const findingsOf = (status: SiteStatus): readonly Finding[] => {
  const { site, unit, replicas } = status;
  const front = frontFindings(status);
  const file = [...fileFindings(status), ...roomFindings(status)];
  const gone = releaseGoneFindings(status);
  if (gone.length > 0) return [...front, ...gone, ...file];
  if (!isStarted(status)) return [...front, found('not-started', say`not started`, say`${startFor(status)}`), ...file];
  // While a roll goes on, what is not right is about to be put right, and nobody else should try.
  if (unit === 'reloading')
    return [...front, found('rolling', say`a roll is under way`, say`${phpZd('follow', site)}`), ...file];
  if (unit === 'activating') return [...front, starting(site), ...file];
  // Without HAProxy no replica serves, and each one would look as if it were the fault.
  if (status.balancer === undefined) return [...front, ...balancerFindings(status), ...file];
  return [
    ...front,
    ...frontGoneFindings(status),
    ...rollFindings(status),
    ...crashFindings(status),
    ...(isAllStopped(status) ? [allStopped(status)] : replicas.flatMap(replica => replicaFindings(status, replica))),
    ...replacedFindings(status),
    ...unlinkedFindings(status),
    ...httpFindings(status),
    ...outdatedFindings(status),
    ...phpIniFindings(status),
    ...numberFindings(status),
    ...linkFindings(status),
    ...fileAheadFindings(status),
    ...unitFindings(status),
    ...file,
  ];
};

const start = (site: string) => systemctl('start', `php-zd@${site}`);
/** Nobody who starts a site that no boot starts thinks of the next one. */
export const startFor = ({ site, isAtBoot }: Pick<SiteStatus, 'site' | 'isAtBoot'>): Command =>
  isAtBoot === false ? systemctl('enable', '--now', `php-zd@${site}`) : start(site);
const replicaOf = (site: string, slot: number): string => `php-zd-fpm-${site}@${slot}`;

/**
 * Where nobody serves, the promoted release is gone and the link leads to no other, neither a start nor a reload finds what to run. Where
 * the link leads to another one a start takes that.
 */
const releaseGoneFindings = (status: SiteStatus): readonly Finding[] => {
  const { site, promoted, deployable, linked, previous, serving, unit, mount } = status;
  const isGone = promoted !== undefined && deployable !== promoted && linked === undefined;
  if (!isGone || serving > 0 || unit === 'reloading') return [];
  const mended = mendMount(mount);
  const back = previous === undefined ? phpZd('deploy', site, 'DIR') : phpZd('rollback', site);
  const way = mended === undefined ? say`${back}` : say`${mended}, then ${startFor(status)}`;
  return [found('release-gone', say`nobody serves, and the promoted release ${promoted} is gone`, say`${way}`)];
};

/** systemd tries a start that failed again and again. */
const starting = (site: string): Finding => {
  const unit = `php-zd@${site}`;
  const look = say`${phpZd('follow', site)}, ${journalOf(unit)}`;
  return found('starting', say`${unit} is starting; where that fails it is tried again`, say`${look}`);
};

/** Whether the site was started, or serves all the same. */
export const isStarted = ({ unit, serving }: SiteStatus): boolean => unit !== 'inactive' || serving > 0;

/** Whether nobody serves since somebody has stopped each replica: what may be said of each is one thing of the site. */
const isAllStopped = (status: SiteStatus): boolean => {
  const { replicas, serving, unit } = status;
  const kinds = replicas.flatMap(replica => replicaFindings(status, replica)).map(({ kind }) => kind);
  return unit === 'active' && serving === 0 && kinds.length > 0 && kinds.every(kind => kind === 'stopped');
};

const allStopped = ({ site }: SiteStatus): Finding =>
  found('all-stopped', say`every replica is stopped, so nobody serves`, say`${phpZd('start', site)}`);

const unitFindings = ({ site, unit, serving }: SiteStatus): readonly Finding[] => {
  if (unit === 'failed' && serving > 0) {
    const ends = say`${phpZd('stop', site)} ends them, ${start(site)} keeps them`;
    return [
      found(
        'stop-failed',
        say`php-zd@${site} is failed, as after a stop that failed, and replicas serve on`,
        say`${ends}`,
      ),
    ];
  }
  if (unit === 'failed') return [found('unit-failed', say`php-zd@${site} is failed`, say`${start(site)}`)];
  if (unit === 'inactive' && serving > 0)
    return [found('unit-stopped', say`replicas serve, but php-zd@${site} is stopped`, say`${start(site)}`)];
  return [];
};

/** A record that says `running` while the site's unit does not reload is that of a roll that was killed. */
const rollFindings = (status: SiteStatus): readonly Finding[] =>
  status.lastRoll?.state === 'running' && status.lastRoll.outcome === undefined
    ? [found('roll-killed', say`the last roll was killed`, say`${mend(status)}`)]
    : [];

/** Whether it is the release, the host's PHP or its memory is for a person to find out. */
const crashFindings = ({ site, crashes, previous }: SiteStatus): readonly Finding[] => {
  if (crashes === undefined) return [];
  const { count, isMore, signals, unit } = crashes;
  const times = `${isMore ? 'at least ' : ''}${timesWords(count)}`;
  const what = say`${signals.join(', ')} ended children of PHP-FPM ${times} in the last 15 minutes, and the requests that they had`;
  const why = say`why: ${journalOf(unit)}`;
  const way = previous === undefined ? why : say`${phpZd('rollback', site)} where the release brought it; ${why}`;
  return [found('crashing', what, way)];
};

const balancerFindings = (status: SiteStatus): readonly Finding[] => {
  const { site, balancerUnit, controlGone } = status;
  if (controlGone !== undefined) {
    return [
      found(
        'control-gone',
        say`nothing is known of HAProxy, which may serve: its socket ${controlGone} was removed`,
        say`${systemctl('restart', 'php-zd-haproxy')}, which ends requests of all sites`,
      ),
    ];
  }
  if (balancerUnit !== 'active') {
    return [
      found(
        'balancer-down',
        say`HAProxy is ${balancerUnit}, so nobody serves`,
        say`${systemctl('restart', 'php-zd-haproxy')}; why: ${journalOf('php-zd-haproxy')}`,
      ),
    ];
  }
  return [
    found(
      'balancer-silent',
      say`HAProxy does not answer, or knows nothing of ${site}`,
      say`${systemctl('status', 'php-zd-haproxy')}, then ${roll(status)}`,
    ),
  ];
};

const unlinkedFindings = (status: SiteStatus): readonly Finding[] =>
  status.unlinked === undefined
    ? []
    : [
        found(
          'unlinked',
          say`the web server does not find the site: ${status.unlinked} is no link to its socket`,
          say`${mend(status)}`,
        ),
      ];

const frontGoneFindings = ({ frontGone }: SiteStatus): readonly Finding[] =>
  frontGone === undefined
    ? []
    : [
        found(
          'front-gone',
          say`nobody comes in: ${frontGone}, where HAProxy listens, was removed`,
          say`${systemctl('restart', 'php-zd-haproxy')}, which ends requests of all sites`,
        ),
      ];

const httpFindings = (status: SiteStatus): readonly Finding[] => {
  const { httpDown, site } = status;
  if (httpDown === undefined) return [];
  const state = unitWord(httpDown.state);
  if (httpDown.unit.startsWith(`php-zd-web-${site}@`)) {
    const why = say`${httpDown.unit} is ${state}, so the other replicas have its part of HTTP`;
    return [found('http-down', say`${why}`, say`${systemctl('start', httpDown.unit)}`)];
  }
  return [found('http-down', say`nobody comes in over HTTP, since ${httpDown.unit} is ${state}`, say`${mend(status)}`)];
};

const replacedFindings = ({ site, replaced = [] }: SiteStatus): readonly Finding[] => {
  const gone = [...new Set(replaced.map(({ unmounted }) => unmounted))];
  return gone.map(unmounted => {
    const those = replaced.filter(each => each.unmounted === unmounted);
    const slots = [...new Set(those.flatMap(each => each.slots))].sort((a, b) => a - b);
    const what = say`something else lies at ${those.map(({ path }) => path).join(', ')} since replica ${slots.join(', ')} was started`;
    const mount = mendMount({ unmounted });
    return mount === undefined
      ? found('replaced', say`${what}, and what PHP writes does not come there`, say`${phpZd('reload', site)}`)
      : found('unmounted', say`${what}, since its file system was unmounted from ${String(unmounted)}`, say`${mount}`);
  });
};

/** A PHP that was upgraded, and one that serves from memory alone. */
const outdatedFindings = (status: SiteStatus): readonly Finding[] => {
  const { site, replicas, lost, problems, installedPhp } = status;
  const slotsOf = (those: readonly ReplicaStatus[]) => those.map(({ slot }) => slot).join(', ');
  const outdated = replicas.filter(({ isServing, isOutdated }) => isServing && isOutdated);
  const gone = outdated.filter(({ gonePhp }) => gonePhp !== undefined);
  const php = phpName(gone[0]?.gonePhp);
  if (php !== undefined && problems.length > 0) {
    const said = say`${php}, which replica ${slotsOf(gone)} runs, was removed, so one that crashes does not come back, nor does the site after a boot`;
    return [found('php-gone', say`${said}: ${otherPhpWords(installedPhp)}, then ${phpZd('reload', site)}`)];
  }
  if (lost !== undefined) {
    const removed = php === undefined ? '' : `; ${php}, which they run, was removed`;
    return [found('php-lost', say`${lackWords(lost)}${removed}: ${andReload(site, installing(lost))}`)];
  }
  if (php !== undefined) {
    const said = say`${php}, which replica ${slotsOf(gone)} runs, was removed, so one that crashes comes back with another one, unproven`;
    return [found('php-gone', say`${said}: ${phpZd('reload', site)}`)];
  }
  return outdated.length === 0
    ? []
    : [
        found(
          'php-upgraded',
          say`PHP was upgraded since replica ${slotsOf(outdated)} was started`,
          say`${phpZd('reload', '--outdated', site)}`,
        ),
      ];
};

const andReload = (site: string, first: Command | undefined): Said =>
  first === undefined ? say`${phpZd('reload', site)} goes on without` : say`${first}, then ${phpZd('reload', site)}`;

const installing = ({ packages }: LostExtensions): Command | undefined =>
  packages.length === 0 ? undefined : ['apt', 'install', ...packages];

/** A roll to what was upgraded brings it too. */
const phpIniFindings = (status: SiteStatus): readonly Finding[] => {
  const { site, phpIni = [] } = status;
  return phpIni.length === 0 || outdatedFindings(status).length > 0
    ? []
    : [
        found(
          'php-ini',
          say`${phpIni.join(', ')} was changed since replicas were started, and one that crashes comes back with that alone`,
          say`${phpZd('reload', site)}`,
        ),
      ];
};

const fileAheadFindings = ({ site, isFileAhead }: SiteStatus): readonly Finding[] =>
  isFileAhead
    ? [found('file-ahead', say`the site file was changed, and its site runs as before`, say`${phpZd('reload', site)}`)]
    : [];

/** Problems of the site file. The replicas go on with the promoted generation. */
const fileFindings = ({ site, problems, promoted }: SiteStatus): readonly Finding[] => {
  // Of a site that was promoted, what is said of the link has the line that helps.
  const own = promoted === undefined ? problems : problems.filter(problem => !isOfNoRelease(problem));
  return own.length === 0
    ? []
    : [
        found(
          'site-file',
          say`the site file has ${countWords(own.length, 'problem')}, so a reload would be refused`,
          say`${phpZd('check', site)}`,
        ),
      ];
};

/** A file system that is full, or read-only, by which a replica that ends may not come back. */
const roomFindings = ({ lack }: SiteStatus): readonly Finding[] =>
  lack === undefined
    ? []
    : [found('no-room', say`${describeRecorded(lack)}, so a reload would be refused`, say`${phpZd('doctor')}`)];

/** Where the site's unit is not active systemd refuses a reload, and a start does the same. */
const mend = (status: SiteStatus): Said =>
  say`put it right with "${status.unit === 'active' ? roll(status) : phpZd('start', status.site)}"`;

/**
 * Where the link names nothing a reload is refused, and only a release that is there brings the site anywhere: what a mount hides is there
 * again without it.
 */
const roll = ({ site, linked, deployable, mount }: SiteStatus): Command => {
  if (linked !== undefined) return phpZd('reload', site);
  return mendMount(mount) ?? phpZd('deploy', site, deployable ?? 'DIR');
};

const replicaFindings = (status: SiteStatus, replica: ReplicaStatus): readonly Finding[] => {
  if (replica.isServing) return servingFindings(status, replica);
  // A parked replica that has ended or ends is cleared away by its timer.
  if (replica.hold === 'parked') return parkedFindings(status, replica);
  return replica.hold === 'standby' ? standbyFindings(status, replica) : idleFindings(status, replica);
};

const parkedFindings = ({ site }: SiteStatus, replica: ReplicaStatus): readonly Finding[] => {
  const { slot, unit, isUnwatched } = replica;
  if (unit !== 'active') return [];
  if (!isUnwatched) return [found('parked', say`${parkedWords(replica)}`)];
  const start = systemctl('start', parkUnit(site, slot, 'timer'));
  return [
    found('park-unwatched', say`replica ${slot} is parked, and nobody looks whether it has come free`, say`${start}`),
  ];
};

const parkedWords = ({ slot, blockers, processes, parkedForMs }: ReplicaStatus): string => {
  const holders = [...blockers.map(blockerWords), ...processes.map(leftProcessWords)];
  return `replica ${slot} is parked: it is stopped when its last requests end${parkedForMs === undefined ? '' : `, or in ${spanWords(parkedForMs)}`}${holders.length === 0 ? '' : ` (${holders.join('; ')})`}`;
};

/** What is not right with a replica that serves: it may serve something else than the promoted generation. */
const servingFindings = (status: SiteStatus, replica: ReplicaStatus): readonly Finding[] => {
  const { site, promoted, generation } = status;
  const { slot, pin, release, isRunningPin, goneSocket } = replica;
  if (goneSocket !== undefined) return [socketGone(status, slot, goneSocket)];
  if (!isRunningPin) return [found('lost-sight', say`replica ${slot} ${lostSight(status)}`, say`${mend(status)}`)];
  if (replica.busy === undefined) {
    return [
      found('silent', say`replica ${slot} does not say what its children do`, say`${journalOf(replicaOf(site, slot))}`),
    ];
  }
  if (pin === generation) return [];
  return release === promoted
    ? [
        found(
          'other-configuration',
          say`replica ${slot} serves the promoted release with another configuration`,
          say`${mend(status)}`,
        ),
      ]
    : [
        found(
          'other-release',
          say`replica ${slot} serves ${release ?? `generation ${pin}`}, not the promoted release`,
          say`${mend(status)}`,
        ),
      ];
};

const socketGone = (status: SiteStatus, slot: number, socket: string): Finding =>
  found('socket-gone', say`replica ${slot} runs, and its socket ${socket} was removed`, say`${mend(status)}`);

const lostSight = ({ mount: { covered, unmounted } }: Pick<SiteStatus, 'mount'>): string => {
  if (covered !== undefined)
    return `no longer sees its release, over which something was mounted at ${covered} while it runs`;
  return unmounted === undefined
    ? 'no longer sees its release: it, its configuration or the mount point was removed while it runs'
    : `no longer sees its release, which is on what was unmounted from ${unmounted} while it runs`;
};

/** A standby that is as it should be, drained, is no finding. */
const standbyFindings = (status: SiteStatus, { slot, unit, isRunningPin }: ReplicaStatus): readonly Finding[] => {
  if (unit !== 'active')
    return [found('standby-down', say`the standby, replica ${slot}, is ${unitWord(unit)}`, say`${mend(status)}`)];
  return isRunningPin
    ? []
    : [found('standby-lost-sight', say`the standby, replica ${slot}, ${lostSight(status)}`, say`${mend(status)}`)];
};

/** What is not right with a replica that does not serve: it should serve, or not be there. */
const idleFindings = (status: SiteStatus, replica: ReplicaStatus): readonly Finding[] => {
  const { site, generation } = status;
  const { slot, unit, pin, hold, balancer } = replica;
  switch (unit) {
    case 'active':
      if (hold === 'hand')
        return [found('drained', say`replica ${slot} was drained by hand`, say`${phpZd('ready', site, String(slot))}`)];
      if (replica.goneSocket !== undefined) return [socketGone(status, slot, replica.goneSocket)];
      return [
        found(
          'idle',
          say`replica ${slot} runs but takes no requests (${balancer ?? 'HAProxy does not know it'})`,
          say`${mend(status)}`,
        ),
      ];
    case 'inactive':
      // A replica of another generation, which a roll left, is not brought back by a start.
      return pin === generation && hold === undefined && status.deployable === status.promoted
        ? [found('stopped', say`replica ${slot} is stopped`, say`${phpZd('start', site, '--replica', String(slot))}`)]
        : [];
    default:
      return [found('ended', say`replica ${slot} ${endedWords(replica)}`, say`${afterEnd(status, replica)}`)];
  }
};

/** How a replica ended. One that systemd starts again and again is between two starts whenever it is looked at. */
const endedWords = ({ unit, restarts, result }: ReplicaStatus): string => {
  const why = result === undefined || result === '' || result === 'success' ? '' : ` (${result})`;
  if (unit === 'failed') return `is failed${why}${restarts === 0 ? '' : ` after ${countWords(restarts, 'restart')}`}`;
  if (restarts === 1) return `ended${why}, and systemd starts it again`;
  return restarts === 0
    ? `is starting or stopping${why}`
    : `keeps ending${why}: systemd restarted it ${timesWords(restarts)}`;
};

/** systemd starts no replica again that is failed. */
const afterEnd = (status: SiteStatus, { slot, unit }: ReplicaStatus): Said => {
  const why = say`${journalOf(replicaOf(status.site, slot))}`;
  return unit === 'failed' ? say`${why}; then ${mend(status)}` : why;
};

const unitWord = (unit: string): string => (unit === 'inactive' ? 'stopped' : unit);

/** Too few or too many replicas serve, unless a finding about a replica says so already. */
const numberFindings = (status: SiteStatus): readonly Finding[] => {
  const { serving, wanted, replicas } = status;
  const isMissing = (replica: ReplicaStatus) =>
    !replica.isServing && replica.hold !== 'parked' && replica.hold !== 'standby';
  if (serving > wanted)
    return [found('too-many', say`${serving} replicas serve, ${wanted} should`, say`${mend(status)}`)];
  if (serving === wanted) return [];
  const isExplained = replicas.some(replica => isMissing(replica) && replicaFindings(status, replica).length > 0);
  if (isExplained) return [];
  return [found('too-few', say`only ${serving} of ${wanted} replicas serve`, say`${mend(status)}`)];
};

const linkFindings = (status: SiteStatus): readonly Finding[] => {
  const { site, linked, promoted, lastRoll } = status;
  if (linked === undefined)
    return [
      found(
        'link-broken',
        say`the link of the release names no directory, so a reload would be refused`,
        say`${roll(status)}`,
      ),
    ];
  if (promoted === undefined || linked === promoted) return [];
  const name = shortRelease(linked);
  if (lastRoll?.release === linked && lastRoll.state === 'failed') {
    return [
      found(
        'link-failed',
        say`the link names ${name}, whose roll failed, and which the next reload tries again`,
        say`go back with ${phpZd('deploy', site, promoted)}`,
      ),
    ];
  }
  return [found('link-ahead', say`the link names ${name}, which is not promoted`, say`${phpZd('reload', site)}`)];
};
