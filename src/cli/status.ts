import { InvalidArgumentError } from 'commander';
import { PhpZdError } from '../base/errors.ts';
import { parseTimeSpan } from '../base/time-span.ts';
import { statusJson } from '../report/json/json.ts';
import { renderStatusPage } from '../report/status/page.ts';
import { renderStatusTable } from '../report/status/sites.ts';
import { strayWords } from '../report/words/removal.ts';
import { oneLook } from '../run/ask/one-look.ts';
import { glanceAtHost } from '../run/observe/host-glance.ts';
import { isFullyServing, observeStatus, type SiteStatus } from '../run/observe/status.ts';
import { straySites } from '../run/observe/stray-sites.ts';
import { listSites } from '../run/site/load-site.ts';
import { hostedByName } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { worst } from './failure.ts';
import { jsonText, orEmptyArray } from './json.ts';
import { forEachSite, sitesOr } from './sites.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';
import { watchPages } from './watch.ts';

export const addStatus: AddVerbs = (program, cli, verb) => {
  program
    .command('status [SITE...]')
    .description('how the sites and their replicas are, and what is not right')
    .option('--replica <N>', 'only this replica', slotNumber)
    .option('--json', 'as JSON')
    .option('--watch', 'look again and again, until ^C')
    .option('--interval <SECONDS>', 'watch, and look so often; 2 unless written', seconds)
    .action(verb((names: string[], options: StatusOptions) => status(cli, names, options)));
  program
    .command('list')
    .description('the names of the sites')
    .option('--json', 'as JSON')
    .action(verb((options: { json?: true }) => list(cli, options)));
};

interface StatusOptions {
  readonly json?: true;
  readonly replica?: number;
  readonly watch?: true;
  /** Seconds between two looks. */
  readonly interval?: number;
}

const PRESET_SECONDS = 2;

/** A time in milliseconds, from a number of seconds or a time span with units. */
const seconds = (text: string): number => {
  const ms = parseTimeSpan(text);
  if (ms === undefined || ms < 100 || ms > 86_400_000) {
    throw new InvalidArgumentError('It is a number of seconds from 0.1, or a time span.');
  }
  return ms / 1000;
};

const status = async (cli: Cli, names: readonly string[], options: StatusOptions): Promise<Exit> => {
  const { watch, interval } = options;
  if (watch === undefined && interval === undefined) {
    const look = await orEmptyArray(cli, options.json === true, () => lookAt(cli, names, options));
    cli.out(render({ look, names, options }));
    return look.exit;
  }
  let last: Look | undefined;
  return await watchPages(cli, (interval ?? PRESET_SECONDS) * 1000, async () => {
    const earlier = last;
    last = await lookAt(cli, names, options);
    return { text: render({ look: last, names, options, earlier }), exit: last.exit };
  });
};

interface Look {
  readonly statuses: readonly SiteStatus[];
  readonly at: number;
  /** The instant `at` by the monotonic clock. */
  readonly monotonicMs: number;
  readonly exit: Exit;
}

const lookAt = async (cli: Cli, names: readonly string[], { replica, json }: StatusOptions): Promise<Look> => {
  const ports = oneLook(await cli.ports());
  const host = await glanceAtHost(ports, names);
  const strays = names.length === 0 ? await straySites(ports, host) : [];
  const sites = strays.length === 0 ? await sitesOr(cli, names) : await listSites(ports);
  for (const site of strays) cli.err(strayWords(site));
  const isDetailed = names.length > 0 || json === true;
  const isOnly = names.length === 1;
  const looking = sites.map(site => observeStatus(hostedByName(site, ports), host, { isDetailed, isOnly }));
  const found = new Map(sites.map((site, index) => [site, looking[index]]));
  await Promise.allSettled(looking);
  const statuses: SiteStatus[] = [];
  const exit = await forEachSite(cli, sites, async site => {
    const whole = await found.get(site);
    if (whole === undefined) return Exit.noSuchSite;
    const replicas = whole.replicas.filter(({ slot }) => replica === undefined || slot === replica);
    if (replica !== undefined && replicas.length === 0) {
      const present = whole.replicas.map(({ slot }) => slot);
      throw new PhpZdError('replica-unfit', { site, replica, reason: { kind: 'absent', present } });
    }
    statuses.push({ ...whole, replicas });
    if (replica === undefined) return isFullyServing(whole) ? Exit.done : Exit.notServing;
    return replicas.some(({ isServing }) => isServing) ? Exit.done : Exit.notServing;
  });
  const whole = strays.length === 0 ? exit : worst([exit, Exit.noSuchSite]);
  return { statuses, at: ports.clock.now(), monotonicMs: ports.clock.monotonicMs(), exit: whole };
};

interface Rendered {
  readonly look: Look;
  readonly names: readonly string[];
  readonly options: StatusOptions;
  /** The look before this one, with --watch. */
  readonly earlier?: Look | undefined;
}

/** A table of all sites, or a page for each named one. */
const render = ({ look: { statuses, at, monotonicMs }, names, options, earlier }: Rendered): string => {
  if (options.json) return jsonText(statuses.map(statusJson));
  if (names.length === 0) return renderStatusTable(statuses, at);
  const before = ({ site }: SiteStatus) => {
    const status = earlier?.statuses.find(each => each.site === site);
    return earlier && status && { status, msAgo: monotonicMs - earlier.monotonicMs };
  };
  return statuses.map(found => renderStatusPage(found, at, before(found))).join('\n');
};

/** The names of the sites. */
const list = async (cli: Cli, options: { readonly json?: true }): Promise<Exit> => {
  const sites = await sitesOr(cli, []);
  cli.out(options.json ? `${JSON.stringify(sites)}\n` : sites.map(site => `${site}\n`).join(''));
  return Exit.done;
};
