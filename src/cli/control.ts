import type { Command } from 'commander';
import { isError, PhpZdError } from '../base/errors.ts';
import { replicaUnit, siteUnit } from '../base/paths.ts';
import {
  askedSystemdWords,
  notActiveWords,
  replicaAskedWords,
  replicaDoneWords,
  startedAlreadyWords,
  unchangedWords,
  underWayWords,
} from '../report/words/verbs.ts';
import { type LastRoll, readLastRoll } from '../run/record/last-roll.ts';
import { readRollLog } from '../run/record/roll-log.ts';
import { requireReplica } from '../run/replica/by-hand.ts';
import { hasChanged } from '../run/roll/if-changed.ts';
import { requireCapacity } from '../run/roll/plan-reload.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import { requireSiteFile, requireStoppableSite } from '../run/site/known-site.ts';
import type { Ports } from '../run/site/ports.ts';
import { hostedByName, hostedSite } from '../run/site/site-run.ts';
import { resolveRelease } from '../run/site/validate.ts';
import { sayAsked } from './asked.ts';
import { type Cli, Exit } from './context.ts';
import { reportUntouched } from './failure.ts';
import { chooseShow, showUntil } from './follow-roll.ts';
import { sayJobFailure, sayRollFailure, sayStillRunning } from './outcome.ts';
import { forEachSite, namedOrAll } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

const controls: { readonly [Name in Action]: string } = {
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

/** Adds the options of every verb that asks systemd for a job which takes its time. */
export const addJobOptions = (command: Command): Command =>
  command
    .option('--no-block', 'ask systemd and return; "php-zd follow" shows how it goes')
    .option('--json', 'the events as JSON, one a line');

export interface JobOptions {
  /** False with --no-block. */
  readonly block?: boolean;
  readonly json?: true;
  /** False for a verb that prints the roll's receipt itself. */
  readonly receipt?: boolean;
}

type Action = 'start' | 'stop' | 'restart' | 'reload';

interface ControlOptions extends JobOptions {
  readonly all?: true;
  readonly replica?: number;
  /** A reload that would change nothing is left out. */
  readonly ifChanged?: true;
  /** A reload that would leave too few children for what there is to do now is refused. */
  readonly requireCapacity?: true;
}

interface Control {
  readonly action: Action;
  readonly names: readonly string[];
  readonly options: ControlOptions;
}

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
    const refusal = action === 'reload' ? await refusalOf(cli, site, options) : undefined;
    return refusal ?? (await controlSite(cli, ports, { action, site, options }));
  });
};

/**
 * The exit status of a reload that ends before systemd is asked; undefined when systemd is to be asked. A problem of the site
 * file is said here and now then, and not only in the journal.
 */
const refusalOf = async (cli: Cli, name: string, options: ControlOptions): Promise<Exit | undefined> => {
  try {
    return (await isWanted(cli, name, options)) ? undefined : Exit.done;
  } catch (error) {
    return reportUntouched(cli, error);
  }
};

const isWanted = async (cli: Cli, name: string, options: ControlOptions): Promise<boolean> => {
  const ports = await cli.ports();
  const run = hostedSite((await loadSiteToRun(ports, name)).site, ports);
  if (options.ifChanged && !(await hasChanged(run))) {
    cli.err(unchangedWords(name));
    return false;
  }
  if (options.requireCapacity) await requireCapacity(run);
  await resolveRelease(run);
  return true;
};

interface ReplicaControl {
  readonly action: Action;
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
  const verb = action === 'reload' ? 'restart' : action;
  const isAwaited = options.block !== false;
  await requireReplica(hostedByName(site, ports), slot);
  await ports.systemd[verb](replicaUnit(site, slot), { signal: cli.signal, until: isAwaited ? 'done' : 'queued' });
  if (isAwaited) cli.err(replicaDoneWords({ site, slot, verb }));
  else cli.err(replicaAskedWords({ site, slot, verb }));
  return Exit.done;
};

export interface SiteControl {
  readonly action: Action;
  readonly site: string;
  readonly options: JobOptions;
}

/** Asks systemd for an action on a site, shows what comes of it, and gives the exit status. */
export const controlSite = async (cli: Cli, ports: Ports, asked: SiteControl): Promise<Exit> => {
  const { action, site, options } = asked;
  const unit = siteUnit(site);
  const { activeState } = await ports.systemd.unit(unit);
  if (action === 'reload' && isStopped(activeState)) throw new PhpZdError('not-started', { site });
  if (action === 'stop' && activeState === 'inactive') {
    cli.err(notActiveWords(site));
    return Exit.done;
  }
  if (action === 'start' && (activeState === 'active' || activeState === 'reloading')) {
    cli.err(startedAlreadyWords(site));
    return Exit.done;
  }
  if (options.block === false) {
    await sayAsked(cli, site, action);
    await ports.systemd[action](unit, { signal: cli.signal, until: 'queued' });
    cli.err(askedSystemdWords(site, action));
    return Exit.done;
  }
  const isOther = action === 'reload' && activeState === 'reloading';
  if (isOther) cli.err(underWayWords(site));
  const before = await readLastRoll(hostedByName(site, ports));
  const after = (await readRollLog(ports.files, site))?.place;
  await sayAsked(cli, site, action);
  // What follows a failure, such as a link that is put back, must happen without the terminal too.
  cli.outliveTerminal?.();
  const job = ports.systemd[action](unit, { signal: cli.signal });
  await showUntil(ports, { site, after, isOther, show: chooseShow(cli, options) }, job);
  try {
    await job;
    return Exit.done;
  } catch (error) {
    if (isError(error, 'aborted')) return sayStillRunning(cli, site);
    if (!isError(error, 'job-failed')) throw error;
    return await sayFailure(cli, ports, { action, site, error, before });
  }
};

/** Whether systemd's word for a unit means that it cannot be reloaded. */
const isStopped = (activeState: string): boolean => activeState === 'inactive' || activeState === 'failed';

interface Failure extends Pick<SiteControl, 'action' | 'site'> {
  readonly error: PhpZdError;
  /** The last roll before the action was asked for. */
  readonly before: LastRoll | undefined;
}

const sayFailure = async (cli: Cli, ports: Ports, { action, site, error, before }: Failure): Promise<Exit> => {
  const { activeState } = await ports.systemd.unit(siteUnit(site));
  if (action === 'reload' && isStopped(activeState)) throw new PhpZdError('not-started', { site });
  const roll = await readLastRoll(hostedByName(site, ports));
  const isOfThis = action === 'reload' && roll !== undefined && roll.id !== before?.id;
  return isOfThis ? sayRollFailure(cli, site, roll) : sayJobFailure(cli, site, error);
};
