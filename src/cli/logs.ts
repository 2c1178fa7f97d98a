import { InvalidArgumentError } from 'commander';
import { replicaMatches, siteMatches } from '../report/journal/matches.ts';
import { journalctlFailedWords, unreadLogsWords } from '../report/words/verbs.ts';
import { knownSlots } from '../run/observe/known-slots.ts';
import { type Cli, Exit } from './context.ts';
import { type AddVerbs, slotNumber } from './verbs.ts';

export const addLogs: AddVerbs = (program, cli, verb) => {
  program
    .command('logs <SITE>')
    .description('what php-zd, the replicas and HAProxy say about the site, from the journal')
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <N>', 'the last N entries', lineCount)
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

/** The exit status of journalctl after ^C, 128 and SIGINT: a good end for a verb that follows. */
const INTERRUPTED = 130;
/** As much after SIGPIPE: whoever read has read enough, as head(1) does. */
const UNREAD = 141;

const logs = async (cli: Cli, site: string, options: LogOptions): Promise<Exit> => {
  const ports = await cli.ports();
  const slots = await knownSlots(ports, site);
  const matches = options.replica === undefined ? siteMatches(site, slots) : replicaMatches(site, options.replica);
  const status = await cli.foreground('journalctl', [...optionsFor(options), ...matches]);
  if (status === 0 || status === INTERRUPTED || status === UNREAD) return Exit.done;
  // What journalctl says of rights says neither for which site nor what to type.
  cli.err(status === 1 && !ports.isRoot ? unreadLogsWords(site) : journalctlFailedWords(status));
  return Exit.failed;
};

/** A number of lines, as journalctl(1) takes it. */
const lineCount = (text: string): string => {
  if (!/^\+?\d{1,9}$|^all$/.test(text)) throw new InvalidArgumentError('It is a number of entries, or "all".');
  return text;
};

const optionsFor = ({ follow, lines, since, priority, json }: LogOptions): readonly string[] => [
  ...(follow ? ['--follow'] : []),
  ...(lines === undefined ? [] : [`--lines=${lines}`]),
  ...(since === undefined ? [] : [`--since=${since}`]),
  ...(priority === undefined ? [] : [`--priority=${priority}`]),
  ...(json ? ['--output=json'] : []),
];
