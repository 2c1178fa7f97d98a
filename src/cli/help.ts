import { type Command, Help } from 'commander';
import { isError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { noVerbWords } from '../report/words/verbs.ts';
import { type Cli, Exit } from './context.ts';
import type { AddVerbs } from './verbs.ts';

/** The verbs by what they are for, each with a line of words. The manual has more. */
const groups: { readonly [Title in string]: { readonly [Verb in string]: string } } = {
  See: {
    status: 'how the sites and their replicas are, and what is not right',
    list: 'the names of the sites',
    follow: 'a roll that is under way, as it goes',
    releases: 'the releases of a site, and who uses them',
    history: 'the rolls of a site: when, who, from, to, what it cost',
    logs: 'the journal of a site: php-zd, its replicas, HAProxy',
  },
  Decide: {
    check: 'every problem of the site files, at once',
    plan: 'what a reload would do now, step by step',
    doctor: 'what on this host could cost requests, and how to mend it',
    drill: 'roll a site to its own release, under a load made for it',
  },
  Deploy: {
    deploy: 'point the link at a release and roll; back when that fails',
    reload: 'roll to the release that the link names now; nothing is lost',
  },
  Undo: {
    rollback: 'point the link at the release before and roll to it',
    abort: 'end a roll that is under way; what was promoted serves on',
  },
  Maintain: {
    start: 'bring the site up on its promoted release',
    stop: 'drain and stop every replica',
    restart: 'stop and start; unlike reload, nobody serves meanwhile',
    drain: 'give a replica no more requests, by hand',
    ready: 'give a replica requests again',
    hold: 'let new requests wait for a while',
    'release-hold': 'let the requests go on that wait',
    maintenance: 'answer every request with a page, or no longer',
    exec: "run a command in a replica's view, as the site's user",
    'reset-opcache': 'empty the OPcache of every replica; requests go on',
    prune: 'remove old releases that nobody uses',
  },
  'Set up': {
    init: 'write a first site file',
    remove: 'give up a stopped site; its releases stay',
    rename: 'give a stopped site another name',
    snippet: "what a web server's configuration needs for the site",
    help: 'the manual of a verb, or this list',
  },
};

const summaries: ReadonlyMap<string, string> = new Map(Object.values(groups).flatMap(Object.entries<string>));

/** Adds the help, after all other families, since it lists their verbs. */
export const addHelp: AddVerbs = (program, cli, verb) => {
  program
    .helpCommand(false)
    .configureHelp({
      formatHelp: (command, helper) =>
        command === program ? overview(program, helper) : Help.prototype.formatHelp.call(helper, command, helper),
    })
    .command('help [VERB]')
    .action(verb((name?: string) => help(program, cli, name)));
  for (const command of visibleVerbs(program)) command.summary(summaries.get(command.name()) ?? '');
};

/** The verbs that people type. */
export const visibleVerbs = (program: Command): readonly Command[] => new Help().visibleCommands(program);

/** Opens a verb's page with man(1), which itself knows what to do without a terminal; without a name lists the verbs. */
const help = async (program: Command, cli: Cli, name: string | undefined): Promise<Exit> => {
  if (name === undefined) {
    cli.out(program.helpInformation());
    return Exit.done;
  }
  const verbs = visibleVerbs(program);
  const command = verbs.find(each => each.name() === name);
  if (command === undefined) {
    const meant = nearest(
      name,
      verbs.map(each => each.name()),
    );
    cli.err(noVerbWords(name, meant));
    return Exit.invalid;
  }
  if (!(await openPage(cli, `php-zd-${name}`))) cli.out(command.helpInformation());
  return Exit.done;
};

/** Opens a page; false when there is no man(1), or no such page. */
const openPage = async (cli: Cli, page: string): Promise<boolean> => {
  try {
    return (await cli.foreground('man', [page])) !== MAN_HAS_NO_PAGE;
  } catch (error) {
    if (isError(error, 'command-failed')) return false;
    throw error;
  }
};

/** man(1)'s exit status when there is no such page. */
const MAN_HAS_NO_PAGE = 16;

const overview = (program: Command, helper: Help): string => {
  const verbs = new Map(visibleVerbs(program).map(command => [command.name(), command]));
  const options = helper.visibleOptions(program);
  const width = Math.max(
    ...[...verbs.keys()].map(name => name.length),
    ...options.map(option => helper.optionTerm(option).length),
  );
  const line = (term: string, words: string) => `  ${term.padEnd(width)}  ${words}\n`;
  const groupText = ([title, names]: readonly [string, object]): string => {
    const known = Object.keys(names).flatMap(name => verbs.get(name) ?? []);
    const lines = known.map(command => line(command.name(), command.summary()));
    return lines.length === 0 ? '' : `${title}:\n${lines.join('')}\n`;
  };
  return [
    `Usage: ${program.name()} VERB [OPTION...] [SITE...]\n\n${program.description()}\n\n`,
    ...Object.entries(groups).map(groupText),
    'Options:\n',
    ...options.map(option => line(helper.optionTerm(option), helper.optionDescription(option))),
    '\nEach verb: php-zd help VERB. All: man php-zd, php-zd.ini, php-zd-rolling.\n',
  ].join('');
};
