import { isError, PhpZdError } from '../base/errors.ts';
import { replicaUnit, siteFile, sitePaths, slotOfUnit } from '../base/paths.ts';
import { replicaMatches, siteMatches } from '../report/journal/matches.ts';
import { loadSite } from '../run/load-site.ts';
import type { Ports } from '../run/ports.ts';
import { slotsOf } from '../site/site.ts';
import { type Cli, Exit } from './context.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

export const addLogs: AddVerbs = (program, cli, verb) => {
  program
    .command('logs <SITE>')
    .description('what php-zd, the replicas and HAProxy say about the site, from the journal')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <N>', 'the last N entries')
    .option('--since <TIME>', 'from then on, as journalctl reads it: "10 min ago", "yesterday"')
    .option('-p, --priority <LEVEL>', 'of this level and worse: err, warning, info')
    .option('--replica <N>', 'only this replica', slotNumber)
    .option('--json', 'as JSON, an entry a line')
    .action(verb((site: string, options: LogOptions) => logs(cli, site, options)));
};

interface LogOptions {
  readonly follow?: true;
  readonly lines?: string;
  readonly since?: string;
  readonly priority?: string;
  readonly replica?: number;
  readonly json?: true;
}

/** 128 and SIGINT: ^C is how one ends to follow. */
const INTERRUPTED = 130;

const logs = async (cli: Cli, site: string, options: LogOptions): Promise<Exit> => {
  const ports = await cli.ports();
  const slots = await slotsOfSite(ports, site);
  const matches = options.replica === undefined ? siteMatches(site, slots) : replicaMatches(site, options.replica);
  const status = await cli.foreground('journalctl', [...optionsFor(options), ...matches]);
  return status === 0 || status === INTERRUPTED ? Exit.done : Exit.failed;
};

const optionsFor = ({ follow, lines, since, priority, json }: LogOptions): readonly string[] => [
  ...(follow ? ['--follow'] : []),
  ...(lines === undefined ? [] : [`--lines=${lines}`]),
  ...(since === undefined ? [] : [`--since=${since}`]),
  ...(priority === undefined ? [] : [`--priority=${priority}`]),
  ...(json ? ['--output=json'] : []),
];

/** Those of its file and those that are there: a site whose file is broken or gone has logs too. */
const slotsOfSite = async (ports: Ports, name: string): Promise<readonly number[]> => {
  const units = (await ports.systemd.units(replicaUnit(name, '*'))).flatMap(unit => slotOfUnit(name, unit) ?? []);
  const pinned = (await ports.files.list(sitePaths(name).pins)).map(Number);
  const named = await namedSlots(ports, name);
  const isThere = named !== undefined || units.length > 0 || (await ports.files.exists(sitePaths(name).state));
  if (!isThere) throw new PhpZdError('site-unknown', { site: name, file: siteFile(name) });
  return [...new Set([...(named ?? []), ...pinned, ...units])].sort((a, b) => a - b);
};

const namedSlots = async (ports: Ports, name: string): Promise<readonly number[] | undefined> => {
  try {
    return slotsOf((await loadSite(ports, name)).site);
  } catch (error) {
    if (isError(error, 'site-unknown')) return undefined;
    if (isError(error, 'site-invalid')) return [];
    throw error;
  }
};
