import { resolve } from 'node:path';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { parseTimeSpan } from '../base/time-span.ts';
import type { Clock } from '../ports/clock.ts';
import { journalFields } from '../report/journal/fields.ts';
import { describeEvent } from '../report/words/events.ts';
import { notHeldWords, notInMaintenanceWords } from '../report/words/verbs.ts';
import { requireStarted } from '../run/ask/require-started.ts';
import { enterMaintenance, holdByHand, leaveMaintenance, releaseByHand } from '../run/front/by-hand.ts';
import { MAX_HOLD_MS } from '../run/front/request-hold.ts';
import { loadPromotedOrSite } from '../run/generation/site-or-promoted.ts';
import { drainByHand, readyByHand } from '../run/replica/by-hand.ts';
import type { Emit } from '../run/site/events.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { type NamedRun, namedRun, type Replica, type SiteRun, siteRun } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { forEachSite } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

/** The verbs by which an operator says what becomes of new requests, of one replica or of a whole site. */
export const addTraffic: AddVerbs = (program, cli, verb) => {
  const replica = new Argument('<N>').argParser(slotNumber);
  program
    .command('drain <SITE>')
    .addArgument(replica)
    .description('give a replica no more requests, until "ready" or a roll, and wait until it has nothing left to do')
    .option('--timeout <TIME>', "how long to wait, instead of the site's [drain] timeout", timeSpan)
    .option('--force', 'also when too few others serve, or none')
    .action(verb((site: string, slot: number, options: DrainOptions) => drain(cli, { site, slot, ...options })));
  program
    .command('ready <SITE>')
    .addArgument(replica)
    .description('give a replica requests again')
    .action(verb((site: string, slot: number) => ready(cli, site, slot)));
  program
    .command('hold <SITE...>')
    .description('let new requests wait, while a schema changes, say; those in flight go on')
    .addOption(
      new Option('--for <TIME>', 'at most so long, then they go through; up to 10min')
        .argParser(holdSpan)
        .default(holdSpan('30s'), '30s'),
    )
    .option('--idle', 'come back only when the requests in flight have ended')
    .action(verb((names: string[], options: RequestHoldOptions) => holdRequests(cli, names, options)));
  program
    .command('release-hold <SITE...>')
    .description('let the waiting requests through')
    .action(verb((names: string[]) => releaseHold(cli, names)));
  program
    .command('maintenance <SITE>')
    .addArgument(new Argument('<on|off>').choices(['on', 'off']))
    .description('answer every request with 503 and a page, until "off"')
    .option('--page <FILE>', 'a page of your own: .html, .txt or .json')
    .action(
      verb((site: string, word: string, options: PageOptions) =>
        maintenance(cli, site, word === 'on' ? options : 'off'),
      ),
    );
};

interface DrainOptions {
  readonly timeout?: number;
  readonly force?: true;
}

interface RequestHoldOptions {
  readonly for: number;
  readonly idle?: true;
}

interface PageOptions {
  readonly page?: string;
}

const timeSpan = (text: string): number => {
  const ms = parseTimeSpan(text);
  if (ms === undefined) throw new InvalidArgumentError('A time span is such as 500ms, 30s or 1min 30s.');
  return ms;
};

const holdSpan = (text: string): number => {
  const ms = timeSpan(text);
  if (ms < 1_000 || ms > MAX_HOLD_MS) throw new InvalidArgumentError('A hold takes from 1s to 10min.');
  return ms;
};

const drain = (cli: Cli, { site, slot, timeout, force }: DrainOptions & Replica): Promise<Exit> =>
  withReplicas(cli, site, run =>
    drainByHand(run, slot, {
      timeoutMs: timeout ?? run.site.drain.timeoutMs,
      isForced: force === true,
    }),
  );

const ready = (cli: Cli, name: string, slot: number): Promise<Exit> =>
  withReplicas(cli, name, run => readyByHand(run, slot));

/** Does the work on a site as it was promoted, since the running replicas were made from that. */
const withReplicas = (cli: Cli, name: string, work: (run: SiteRun) => Promise<void>): Promise<Exit> =>
  withSite(cli, [name], async run => {
    // Asked before the promoted release is looked for, which a site that never started does not have.
    await requireStarted(run);
    const { site } = await loadPromotedOrSite(run.ports, name, run.emit);
    await work(siteRun(site, run.ports, run.emit));
  });

const holdRequests = (cli: Cli, names: readonly string[], options: RequestHoldOptions): Promise<Exit> =>
  withSite(cli, names, run => holdByHand(run, { forMs: options.for, awaitsIdle: options.idle === true }));

const releaseHold = (cli: Cli, names: readonly string[]): Promise<Exit> =>
  withSite(cli, names, async run => {
    if (!(await releaseByHand(run))) cli.err(notHeldWords(run.site.name));
  });

const maintenance = (cli: Cli, name: string, wanted: PageOptions | 'off'): Promise<Exit> =>
  withSite(cli, [name], async run => {
    if (wanted !== 'off') await enterMaintenance(run, wanted.page === undefined ? undefined : resolve(wanted.page));
    else if (!(await leaveMaintenance(run))) cli.err(notInMaintenanceWords(name));
  });

/** Does the work for each site. Its events go to the operator who typed the verb, and to the journal for others. */
const withSite = (cli: Cli, names: readonly string[], work: (run: NamedRun) => Promise<void>): Promise<Exit> =>
  forEachSite(cli, names, async name => {
    const ports = await cli.ports();
    await requireSiteFile(ports, name);
    const journal = await cli.journal();
    const emit: Emit = event => {
      cli.err(`${describeEvent(name, event).text}\n`);
      journal.write(journalFields(event, { site: name }));
    };
    await work(namedRun(name, { ...ports, clock: endedBy(cli.signal, ports.clock) }, emit));
    return Exit.done;
  });

/** A clock whose sleep ends with ^C, and so ends whatever polls by it. */
const endedBy = (interrupted: AbortSignal, clock: Clock): Clock => ({
  now: () => clock.now(),
  monotonicMs: () => clock.monotonicMs(),
  uptimeMs: () => clock.uptimeMs(),
  sleep: ms => clock.sleep(ms, interrupted),
  within: (what, ms, work) => clock.within(what, ms, work),
});
