import { isError, PhpZdError } from '../base/errors.ts';
import { replicaUnit, siteFile, siteUnit } from '../base/paths.ts';
import type { Systemd, UnitState } from '../ports/systemd.ts';
import { describeError } from '../report/error-words.ts';
import { describeEvent } from '../report/event-words.ts';
import { hasChanged } from '../run/generation/if-changed.ts';
import { listSites, loadSite } from '../run/load-site.ts';
import { requireCapacity } from '../run/plan-reload.ts';
import type { Ports } from '../run/ports.ts';
import { warnOfBadRelease } from '../run/record/known-bad.ts';
import { errorOf, type LastRoll, readLastRoll } from '../run/record/last-roll.ts';
import { namedRun, siteRun } from '../run/site-run.ts';
import { resolveRelease } from '../run/validate.ts';
import { sayAsked } from './asked.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite } from './sites.ts';
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
      .option('--replica <N>', 'only this replica, on the release it has', slotNumber)
      .action(verb((names: string[], options: ControlOptions) => control(cli, action, names, options)));
  }
};

type Action = 'start' | 'stop' | 'restart' | 'reload';

interface ControlOptions {
  readonly all?: true;
  readonly replica?: number;
  /** A reload that would change nothing is left out. */
  readonly ifChanged?: true;
  /** A reload that would leave too few children for what there is to do now is refused. */
  readonly requireCapacity?: true;
}

/** Asks systemd to do it and follows; systemd queues what comes meanwhile, so that two rolls never meet. */
const control = async (cli: Cli, action: Action, names: readonly string[], options: ControlOptions): Promise<Exit> => {
  const sites = options.all ? await listSites(await cli.ports()) : names;
  if (sites.length === 0) {
    cli.err(`php-zd: which site? Name one or more, or write "php-zd ${action} --all".\n`);
    return Exit.invalid;
  }
  return await forEachSite(cli, sites, async site => {
    const ports = await cli.ports();
    await requireSite(ports, action, site);
    if (options.replica !== undefined) return await controlReplica(cli, ports, action, site, options.replica);
    if (action === 'reload' && !(await isWanted(cli, ports, site, options))) return Exit.done;
    return await controlSite(cli, ports, action, site);
  });
};

/** What is wrong with the file is said here and now, and not only in the journal; so is that the release was bad the last time. */
const isWanted = async (cli: Cli, ports: Ports, name: string, options: ControlOptions): Promise<boolean> => {
  const run = siteRun((await loadSite(ports, name)).site, ports, event => {
    cli.err(`${describeEvent(name, event).text}\n`);
  });
  if (options.ifChanged && !(await hasChanged(run))) {
    cli.err(`${name}: nothing has changed.\n`);
    return false;
  }
  if (options.requireCapacity) await requireCapacity(run);
  await warnOfBadRelease(run, await resolveRelease(run));
  return true;
};

/** A site whose file was removed can still be stopped, as long as something of it runs. */
const requireSite = async ({ files, systemd }: Ports, action: Action, site: string): Promise<void> => {
  if (await files.exists(siteFile(site))) return;
  if (action === 'stop' && (await systemd.units(replicaUnit(site, '*'))).length > 0) return;
  throw new PhpZdError('site-unknown', { site, file: siteFile(site) });
};

/** One replica, on its own pin. Its unit drains it before it stops and puts it back when it is there again. */
const controlReplica = async (
  cli: Cli,
  { systemd }: Ports,
  action: Action,
  site: string,
  slot: number,
): Promise<Exit> => {
  const unit = replicaUnit(site, slot);
  const verb = action === 'reload' ? 'restart' : action;
  await systemd[verb](unit, { signal: cli.signal });
  cli.err(`${past[verb]} replica ${slot} of ${site}.\n`);
  return Exit.done;
};

const past = { start: 'Started', stop: 'Stopped', restart: 'Restarted' } as const;

export const controlSite = async (cli: Cli, ports: Ports, action: Action, site: string): Promise<Exit> => {
  const unit = siteUnit(site);
  if (action === 'start' && (await ports.systemd.unit(unit)).activeState === 'active') {
    cli.err(`${site} is started already. Put right what is not with "php-zd reload ${site}".\n`);
    return Exit.done;
  }
  const before = await readLastRoll(namedRun(site, ports, () => undefined));
  await sayAsked(cli, site, action);
  const following = follow(cli, ports.systemd, unit);
  try {
    await ports.systemd[action](unit, { signal: cli.signal });
    await following.sayLast();
    return Exit.done;
  } catch (error) {
    if (isError(error, 'aborted')) {
      // systemd goes on with its job.
      cli.err(`Left it running. See how it goes with "systemctl status ${unit}".\n`);
      return Exit.failed;
    }
    if (!isError(error, 'job-failed')) throw error;
    const state = await ports.systemd.unit(unit);
    if (action === 'reload' && state.activeState !== 'active') {
      cli.err(`php-zd: ${site} is not started. Start it with "systemctl start ${unit}".\n`);
      return Exit.failed;
    }
    return await sayFailure(cli, ports, { action, site, error, before });
  } finally {
    await following.end();
  }
};

/** Says each new STATUS= of the unit, until it is told to end. */
const follow = (cli: Cli, systemd: Systemd, unit: string) => {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, cli.signal]);
  let said: string | undefined;
  const say = ({ statusText }: UnitState) => {
    // The first is left from before.
    if (said !== undefined && statusText !== said && statusText !== '') cli.err(`${statusText}\n`);
    said = statusText;
  };
  const done = systemd.watch(unit, say, signal);
  // Heard at the end, or before by the job itself: the bus went away.
  done.catch(() => undefined);
  return {
    /** The job may end before its last word was heard. */
    sayLast: async () => say(await systemd.unit(unit)),
    end: async () => {
      stop.abort();
      await done;
    },
  };
};

interface Failure {
  readonly action: Action;
  readonly site: string;
  readonly error: PhpZdError;
  readonly before: LastRoll | undefined;
}

/** What failed, why, what serves now, what to type next. */
const sayFailure = async (cli: Cli, ports: Ports, { action, site, error, before }: Failure): Promise<Exit> => {
  const roll = await readLastRoll(namedRun(site, ports, () => undefined));
  if (action !== 'reload' || roll === undefined || roll.id === before?.id) {
    cli.err(`php-zd: ${describeError(error)}. See "journalctl -eu ${siteUnit(site)}".\n`);
    return Exit.failed;
  }
  const why = errorOf(roll);
  cli.err(
    [
      `php-zd: roll of '${site}'${roll.release ? ` to ${roll.release}` : ''} ${roll.state === 'refused' ? 'was refused' : 'failed'}`,
      `: ${why ? describeError(why) : 'it was killed'}.\n`,
      `${nowWords[roll.outcome ?? 'unsettled'](roll)}\n`,
      `See "journalctl -eu ${siteUnit(site)}" or "php-zd status ${site}".\n`,
    ].join(''),
  );
  if (why?.code === 'slots-parked') return Exit.refused;
  return { rolled: Exit.failed, 'rolled-back': Exit.failed, refused: Exit.invalid, unsettled: Exit.look }[
    roll.outcome ?? 'unsettled'
  ];
};

const nowWords: { readonly [Outcome in NonNullable<LastRoll['outcome']>]: (roll: LastRoll) => string } = {
  rolled: () => 'Every replica serves it all the same.',
  'rolled-back': ({ from }) => `${from ?? 'What was promoted before'} serves on every replica.`,
  refused: () => 'Nothing was touched.',
  unsettled: () => 'Not every replica could be put right: a person must look.',
};
