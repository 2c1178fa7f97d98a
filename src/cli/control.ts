import { isError } from '../base/errors.ts';
import { siteUnit } from '../base/paths.ts';
import { describeEvent } from '../report/words/events.ts';
import {
  notRunningWords,
  replicaAskedWords,
  replicaDoneWords,
  unchangedWords,
  underWayWords,
  upToDateWords,
  withoutReplicasWords,
} from '../report/words/verbs.ts';
import { askForReplica } from '../run/replica/by-hand.ts';
import { isReloadWanted } from '../run/roll/if-changed.ts';
import { hasNoReplicas, type SiteAction } from '../run/roll/site-job.ts';
import { requireReleaseToStart } from '../run/roll/start.ts';
import { loadAsPromoted } from '../run/roll/to-roll.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import type { Emit } from '../run/site/events.ts';
import { requireSiteFile, requireStoppableSite } from '../run/site/known-site.ts';
import type { Ports } from '../run/site/ports.ts';
import { hostedByName, hostedSite, namedRun } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { awaitEnd } from './follow.ts';
import { type AskedJob, addJobOptions, askForJob, type JobOptions, sayIfNotAtBoot, sayJobEnd } from './job.ts';
import { forEachSite, namedOrAll } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

const controls: { readonly [Name in SiteAction]: string } = {
  reload: 'roll: every replica starts anew on the release that the link names now; nothing is lost',
  start: 'bring the site up on its promoted release',
  stop: 'drain and stop every replica',
  restart: 'stop and start; unlike reload, nobody serves meanwhile',
};

export const addControls: AddVerbs = (program, cli, verb) => {
  for (const action of ['reload', 'start', 'stop', 'restart'] as const) {
    const command = program.command(`${action} [SITE...]`).description(controls[action]);
    if (action === 'reload') {
      command
        .option('--if-changed', 'do nothing when nothing would change but the processes')
        .option('--outdated', 'start replicas anew that do not run the PHP that is installed, on the release they have')
        .option('--require-capacity', 'do nothing when requests would have to queue meanwhile');
    }
    command
      .option('--all', 'every site')
      .option('--replica <N>', 'only this replica, on the release it has', slotNumber);
    addJobOptions(command).action(
      verb((names: string[], options: ControlOptions) => control(cli, { action, names, options })),
    );
  }
};

interface ControlOptions extends JobOptions {
  readonly all?: true;
  readonly replica?: number;
  /** A reload that would change nothing is left out. */
  readonly ifChanged?: true;
  /** A reload of a site whose replicas run the PHP that is installed is left out. */
  readonly outdated?: true;
  /** A reload that would leave too few children for what there is to do now is refused. */
  readonly requireCapacity?: true;
}

interface Control {
  readonly action: SiteAction;
  readonly names: readonly string[];
  readonly options: ControlOptions;
}

/** Who asks for new processes alone is given no other release, and no other site file. */
const isAsPromoted = ({ outdated, ifChanged }: ControlOptions): boolean => outdated === true && !ifChanged;

/**
 * Asks systemd for the action and follows it, site by site. systemd queues what is asked for meanwhile, so two rolls never
 * meet.
 */
const control = async (cli: Cli, { action, names, options }: Control): Promise<Exit> => {
  const sites = await namedOrAll(cli, action, { names, all: options.all });
  if (sites === undefined) return Exit.invalid;
  return await forEachSite(cli, sites, async site => {
    const ports = await cli.ports();
    await (action === 'stop' ? requireStoppableSite : requireSiteFile)(ports, site);
    if (options.replica !== undefined)
      return await controlReplica(cli, ports, { action, site, slot: options.replica, options });
    const refusal = await refusalOf(cli, { action, site, options });
    if (refusal !== undefined) return refusal;
    const asked = { action, isAsPromoted: isAsPromoted(options) };
    const { action: job, ...how } = action === 'start' ? await startOf(cli, ports, site) : asked;
    const exit = sayJobEnd(
      cli,
      { action: job, site },
      await askForJob(cli, ports, { action: job, site, options, ...how }),
    );
    return action === 'start' ? await sayIfNotAtBoot(cli, ports, site, exit) : exit;
  });
};

/** To systemd a site whose replicas were stopped is started: a roll to what was promoted brings them back. */
const startOf = async (cli: Cli, ports: Ports, site: string): Promise<Pick<AskedJob, 'action' | 'isAsPromoted'>> => {
  if (!(await hasNoReplicas(ports, site))) return { action: 'start', isAsPromoted: false };
  cli.err(withoutReplicasWords(site));
  return { action: 'reload', isAsPromoted: true };
};

interface SiteControl {
  readonly action: SiteAction;
  readonly site: string;
  readonly options: ControlOptions;
}

/**
 * The exit status of an action that ends before systemd is asked; undefined when systemd is to be asked. A problem of the site
 * file is said here and now then, and not only in the journal.
 */
const refusalOf = async (cli: Cli, { action, site, options }: SiteControl): Promise<Exit | undefined> => {
  try {
    if (action === 'start' || action === 'restart') await requireReleaseToStart(await cli.ports(), site);
    return action !== 'reload' || (await isWanted(cli, site, options)) ? undefined : Exit.done;
  } catch (error) {
    const exit = reportUntouched(cli, error);
    // As the roll itself would be: what lies in the place of a mark is the host's.
    return isError(error, 'file-system') && (await cli.ports()).isRoot ? Exit.refused : exit;
  }
};

const isWanted = async (cli: Cli, name: string, options: ControlOptions): Promise<boolean> => {
  const ports = await cli.ports();
  if (isAsPromoted(options)) await awaitOtherRoll(cli, ports, name);
  const emit: Emit = event => cli.err(`${describeEvent(name, event).text}\n`);
  const loaded = isAsPromoted(options)
    ? await loadAsPromoted(namedRun(name, ports, emit))
    : await loadSiteToRun(ports, name);
  const hosted = hostedSite(loaded.site, ports);
  // Asked for whether it answers too, while nothing is touched.
  const isStopped = (await ports.systemd.activeState(siteUnit(name))) === 'inactive';
  const { ifChanged = false, outdated = false, requireCapacity = false } = options;
  const isWantedNow = await isReloadWanted(hosted, loaded, { ifChanged, outdated, requireCapacity });
  if (!isWantedNow) cli.err(ifChanged ? unchangedWords(name) : isStopped ? notRunningWords(name) : upToDateWords(name));
  return isWantedNow;
};

/** Of two reloads that wait systemd makes one, which then has one goal. And the roll that is under way may leave nothing to do. */
const awaitOtherRoll = async (cli: Cli, ports: Ports, name: string): Promise<void> => {
  if ((await ports.systemd.activeState(siteUnit(name))) !== 'reloading') return;
  cli.err(underWayWords(name));
  await awaitEnd(cli, ports, name);
};

interface ReplicaControl {
  readonly action: SiteAction;
  readonly site: string;
  readonly slot: number;
  readonly options: JobOptions;
}

/**
 * Starts, stops or restarts one replica, on its own pin. The replica's unit drains it before it stops, and puts it back once it
 * runs.
 */
const controlReplica = async (
  cli: Cli,
  ports: Ports,
  { action, site, slot, options }: ReplicaControl,
): Promise<Exit> => {
  const isAwaited = options.block !== false;
  const verb = await askForReplica(hostedByName(site, ports), slot, { action, signal: cli.signal, isAwaited });
  cli.err(isAwaited ? replicaDoneWords({ site, slot, verb }) : replicaAskedWords({ site, slot, verb }));
  return Exit.done;
};
