import { isError } from '../base/errors.ts';
import { parseTimeSpan } from '../base/time-span.ts';
import { lastHookVariables } from '../report/hook-variables.ts';
import { reportToJournal } from '../report/journal/fields.ts';
import { reportToFollowers } from '../report/roll/log.ts';
import { describeError } from '../report/words/errors.ts';
import { reloadsHaproxyWords } from '../report/words/verbs.ts';
import { reapReplica } from '../run/drain/park.ts';
import { endHold } from '../run/front/end-hold.ts';
import { promotedMeta } from '../run/generation/generation.ts';
import { loadPromotedOrSite, loadSiteOrPromoted } from '../run/generation/site-or-promoted.ts';
import { outdatedHaproxies } from '../run/observe/replaced-files.ts';
import { readLastRoll } from '../run/record/last-roll.ts';
import { openRollLog } from '../run/record/roll-log.ts';
import { admitReplica, drainReplica } from '../run/replica/own-unit.ts';
import { proveSettled, reloadOf } from '../run/roll/reload.ts';
import { rollSite } from '../run/roll/roll.ts';
import { settleSite } from '../run/roll/settle.ts';
import { startSite } from '../run/roll/start.ts';
import { stopSite } from '../run/roll/stop.ts';
import { forgetAsPromoted, loadAsPromoted, takeAsPromoted } from '../run/roll/to-roll.ts';
import { loadSiteToRun } from '../run/site/environment.ts';
import type { Emit } from '../run/site/events.ts';
import { type LoadedSite, SiteProblems } from '../run/site/load-site.ts';
import type { Ports } from '../run/site/ports.ts';
import { hostedByName, type NamedRun, namedRun, type Replica, siteRun } from '../run/site/site-run.ts';
import { keepParts, type PartsToKeep } from '../run/slots/keep-parts.ts';
import { runLastHook } from '../run/transient/roll-hooks.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

export const addUnitVerbs: AddVerbs = (program, cli, verb) => {
  const unit = program.command('unit', { hidden: true }).description("what php-zd's units call");
  for (const name of ['start', 'roll', 'settle', 'stop'] as const) {
    unit.command(`${name} <SITE>`).action(verb((site: string) => unitVerbs[name](cli, site)));
  }
  unit
    .command('drain <SITE> <N>')
    .requiredOption('--timeout <TIME>')
    .option('--start <ID>')
    .action(
      verb((site: string, slot: string, options: DrainFlags) =>
        unitVerbs.drain(cli, { site, slot: slotNumber(slot) }, options),
      ),
    );
  unit
    .command('admit <SITE> <N>')
    .action(verb((site: string, slot: string) => unitVerbs.admit(cli, { site, slot: slotNumber(slot) })));
  unit.command('end-hold <SITE>').action(verb((site: string) => unitVerbs.endHold(cli, site)));
  unit
    .command('keep-parts')
    .option('--changed')
    .action(verb(({ changed }: { readonly changed?: true }) => keepAllParts(cli, changed ? 'changed' : 'lost')));
  unit.command('reload-haproxies').action(verb(() => reloadHaproxies(cli)));
  unit.command('reap <SITE:N>').action(verb((instance: string) => unitVerbs.reap(cli, replicaOf(instance))));
};

interface DrainFlags {
  readonly timeout: string;
  /** Missing where an older php-zd rendered the unit, empty where systemd did not say it. */
  readonly start?: string;
}

/** The replica that an instance of php-zd-park@ names: SITE:SLOT. */
const replicaOf = (instance: string): Replica => {
  const [site = '', slot = ''] = instance.split(':');
  return { site, slot: slotNumber(slot) };
};

/** The verbs that php-zd's units call. They are not for people, and speak to the journal. */
const unitVerbs = {
  start: (cli: Cli, site: string) =>
    // A start goes on in the log of the stop before it: a restart is both.
    speaking(cli, { site, log: 'continued' }, async (ports, emit) => {
      // Of a reload that a stop has taken out of systemd's queue.
      await forgetAsPromoted(hostedByName(site, ports));
      const loaded = await loadToStart(cli, ports, { site, emit });
      if (loaded === undefined) return Exit.failed;
      if (loaded.warnings.length > 0) emit({ kind: 'warnings', warnings: loaded.warnings });
      return (await startSite(siteRun(loaded.site, ports, emit), loaded)) ? Exit.done : Exit.failed;
    }),

  roll: (cli: Cli, site: string) => {
    const id = cli.newRollId();
    const { balancerBase } = cli;
    const signal = cli.endOnRequest?.();
    const roll = async (ports: Ports, emit: Emit): Promise<Exit> => {
      const named = namedRun(site, ports, emit);
      const reload = await reloadOf(named);
      const readSite = async () =>
        (await takeAsPromoted(named)) ? await loadAsPromoted(named) : await loadSiteToRun(ports, site);
      await cli.withScratch(scratch => rollSite(named, { id, reload, readSite, scratch, balancerBase, signal }));
      // The step that was cut off goes on until this process ends: the unit settles the roll in another one.
      if (signal?.aborted) return Exit.failed;
      cli.showVerb?.(`unit settle ${site}`);
      const exit = await settle(named, reload);
      // Whoever asked for the end asked what the settle ran, too.
      if (!signal?.aborted) await proveSettled(named, exit);
      return exit;
    };
    return speaking(cli, { site, log: 'begun', rollOf: async () => id }, roll);
  },

  settle: (cli: Cli, site: string) => {
    // The settle's events belong to the roll before it.
    const rollOf = async (ports: Ports) => (await readLastRoll(hostedByName(site, ports)))?.id;
    return speaking(cli, { site, log: 'continued', rollOf }, async (ports, emit) => {
      const named = namedRun(site, ports, emit);
      return await settle(named, await reloadOf(named));
    });
  },

  stop: (cli: Cli, site: string) =>
    speaking(cli, { site, log: 'begun' }, async (ports, emit) => {
      await stopSite(ports, site, emit);
      return Exit.done;
    }),

  drain: (cli: Cli, replica: Replica, { timeout, start = '' }: DrainFlags) =>
    speaking(cli, replica, async (ports, emit) => {
      const which = start === '' ? undefined : start;
      await drainReplica(ports, replica, { timeoutMs: parseTimeSpan(timeout) ?? 0, start: which, emit });
      return Exit.done;
    }),

  admit: (cli: Cli, replica: Replica) =>
    speaking(cli, replica, async (ports, emit) => {
      await admitReplica(ports, replica, emit);
      return Exit.done;
    }),

  endHold: (cli: Cli, site: string) =>
    speaking(cli, { site }, async ports => {
      await endHold(hostedByName(site, ports));
      return Exit.done;
    }),

  reap: (cli: Cli, replica: Replica) =>
    speaking(cli, replica, async (ports, emit) => {
      await reapReplica(ports, replica, emit);
      return Exit.done;
    }),
} as const;

const keepAllParts = async (cli: Cli, which: PartsToKeep): Promise<Exit> => {
  const [journal, notifier] = [await cli.journal(), await cli.notifier()];
  for (const { site, files } of await keepParts(await cli.ports(), which))
    reportToJournal(journal, notifier, { site })({ kind: 'applied', files });
  return Exit.done;
};

/** Has each of php-zd's HAProxies that runs what an upgrade has replaced start the new program. No request is lost. */
const reloadHaproxies = async (cli: Cli): Promise<Exit> => {
  const ports = await cli.ports();
  const units = (await outdatedHaproxies(ports)).map(({ unit }) => unit);
  return await forEachSite(cli, units, async unit => {
    cli.out(reloadsHaproxyWords(unit));
    await ports.systemd.reload(unit);
    return Exit.done;
  });
};

/** Puts right what the roll of the reload left, and gives the outcome. */
const settle = async ({ site, ports, emit }: NamedRun, reload: number): Promise<Exit> => {
  const { site: settled, generation, texts } = await loadPromotedOrSite(ports, site.name, emit);
  const run = { ...siteRun(settled, ports, emit), generation, texts };
  const { outcome, concluded } = await settleSite(run, reload);
  if (concluded !== undefined) await runLastHook(run, concluded, lastHookVariables(concluded));
  return outcome === 'rolled' ? Exit.done : outcome === 'unsettled' ? Exit.look : Exit.failed;
};

/**
 * As `loadSiteOrPromoted`; undefined, and told, where neither holds on this host any more, of a site that ran here: what the host lacks, as
 * a disk or the service that knows its users, may come yet, so that systemd tries again.
 */
const loadToStart = async (
  cli: Cli,
  ports: Ports,
  { site, emit }: { readonly site: string; readonly emit: Emit },
): Promise<LoadedSite | undefined> => {
  try {
    return await loadSiteOrPromoted(ports, site, emit);
  } catch (error) {
    if (!(error instanceof SiteProblems) || (await promotedMeta(hostedByName(site, ports))) === undefined) throw error;
    cli.err(`${describeError(error)}\n`);
    return undefined;
  }
};

interface Speech {
  readonly site: string;
  /** Finds the id of the roll that the events belong to. */
  readonly rollOf?: (ports: Ports) => Promise<string | undefined>;
  /** Whether the events go to the roll's log too: into an emptied one, or after what stands in it. Undefined: they do not. */
  readonly log?: 'begun' | 'continued';
}

const speaking = async (
  cli: Cli,
  { site, rollOf, log }: Speech,
  work: (ports: Ports, emit: Emit) => Promise<Exit>,
): Promise<Exit> => {
  const ports = await cli.ports();
  const roll = await rollOf?.(ports);
  const about = { site, ...(roll !== undefined && { roll }) };
  const toJournal = reportToJournal(await cli.journal(), await cli.notifier(), about);
  const rollLog = log && openRollLog(ports.files, { site, isNew: log === 'begun' });
  const toFollowers = rollLog && reportToFollowers(rollLog, ports.clock, about);
  const emit: Emit = event => {
    toJournal(event);
    toFollowers?.(event);
  };
  try {
    return await work(ports, emit);
  } catch (error) {
    if (!isError(error)) throw error;
    // Before the site is known no event can be emitted for it. The unit's standard error goes to the journal too.
    cli.err(`${describeError(error)}\n`);
    return error.code === 'site-invalid' || error.code === 'site-unknown' ? Exit.invalid : Exit.failed;
  } finally {
    await rollLog?.written();
  }
};
