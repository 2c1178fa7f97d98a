import { Option } from 'commander';
import { isError } from '../base/errors.ts';
import { siteFile, siteUnit } from '../base/paths.ts';
import { renderSiteFile } from '../render/site-file.ts';
import { renderSnippet, WEB_SERVERS } from '../render/snippets/snippet.ts';
import {
  adoptedWords,
  chosenPhpWords,
  formerPlacesWords,
  nextFromPoolWords,
  nextWords,
  otherPhpWords,
  scriptsOf,
  snippetHeadWords,
  type Unwritten,
  unsharedWords,
  unwrittenWords,
} from '../report/words/init.ts';
import { wroteWords } from '../report/words/verbs.ts';
import { adopt, type Existing, keepsOthers, ownBlock } from '../run/init/adopt.ts';
import { requireNewSite, writeSiteFile } from '../run/init/first-file.ts';
import { withNamedFiles } from '../run/site/environment.ts';
import { loadText, readAllSites } from '../run/site/load-site.ts';
import type { Ports } from '../run/site/ports.ts';
import { lookAtShown } from '../run/site/shown.ts';
import { sessionsOf } from '../site/existing/pool-sessions.ts';
import { siteNameProblem } from '../site/name.ts';
import type { Site } from '../site/site.ts';
import { checkLoaded } from './check.ts';
import { type Cli, Exit } from './context.ts';
import { reportFailure } from './failure.ts';
import { type InitAnswers, type InitFlags, REPLICAS } from './init-answers.ts';
import { answerLines, askOrTake, type ExistingFlags, filesOf, readExisting } from './init-existing.ts';
import type { AddVerbs } from './verbs.ts';

export const addInit: AddVerbs = (program, cli, verb) => {
  program
    .command('init <SITE>')
    .description('write a first site file, asking for what the options do not say')
    .option('--release <PATH>', 'the link that deployments flip')
    .option('--user <USER>', 'whom PHP runs as')
    .option('--php <VERSION>', 'such as 8.4, or the path of a php-fpm; not needed with only one on the host')
    .option('--replicas <N>', `how many serve, ${REPLICAS} unless written`)
    .option('--health <PATH>', 'what a new replica must answer before it serves')
    .option('--root <PATH>', 'the document root, relative to the release')
    .addOption(new Option('--web-server <NAME>', 'whose snippet is printed').choices(WEB_SERVERS))
    .option('--from-pool <FILE>', "a pool file of PHP-FPM's, of which the site file is made")
    .option('--pool <NAME>', 'which pool of that file; not needed with only one')
    .option('--nginx <FILE>', 'the file with the server block that leads to the pool')
    .option('--yes', 'ask nothing: take what suggests itself')
    .option('--force', 'also when the site has a file already')
    .action(verb((name: string, options: InitOptions) => init(cli, name, options)));
};

interface InitOptions extends InitFlags, ExistingFlags {
  readonly yes?: true;
  readonly force?: true;
}

/** Writes a site's first file. Nothing is written before all of the file was checked. */
const init = async (cli: Cli, name: string, options: InitOptions): Promise<Exit> => {
  const problem = siteNameProblem(name);
  if (problem !== undefined) return refuse(cli, { kind: 'misnamed', name, problem });
  const ports = await cli.ports();
  if (!options.force) await requireNewSite(ports, name);
  const dialogue = options.yes ? undefined : cli.openDialogue?.();
  try {
    const existing = await readExisting(ports, options, dialogue);
    if (existing !== undefined && 'refused' in existing) return refuse(cli, existing.refused);
    const answers = await askOrTake(ports, name, { options, dialogue, existing });
    if (answers === undefined) return refuse(cli, { kind: 'declined' });
    if ('missing' in answers) {
      return refuse(cli, { kind: 'unanswered', options: answers.missing });
    }
    if (answers.chosenFrom !== undefined) cli.err(chosenPhpWords(name, answers.chosenFrom));
    const made =
      existing === undefined
        ? { text: renderSiteFile(name, answers), adopted: undefined, unshared: [], places: [] }
        : await adopt(ports, existing, { name, release: answers.release, answers: answerLines(answers) });
    const { text, adopted, unshared, places } = made;
    cli.out(text);
    if (adopted !== undefined)
      cli.err(`${adoptedWords(adopted)}${unshared.map(unsharedWords).join('')}${formerPlacesWords(places)}`);
    const site = await checkText(cli, ports, { name, text });
    if (site === undefined) return refuse(cli, { kind: 'invalid' });
    sayOtherPhp(cli, { site, answers, existing });
    const isWanted = dialogue === undefined || isYes(await dialogue.ask(`Write ${siteFile(name)}? [y] `));
    if (!isWanted) return refuse(cli, { kind: 'declined' });
    await writeSiteFile(ports, name, { text, madeFrom: filesOf(existing) });
    cli.err(wroteWords(siteFile(name)));
    await sayNext(cli, ports, { site, answers, existing });
    return Exit.done;
  } finally {
    dialogue?.close();
  }
};

const refuse = (cli: Cli, why: Unwritten): Exit => {
  cli.err(unwrittenWords(why));
  return Exit.invalid;
};

/** Checks the text as `php-zd check` checks a file; undefined when there are problems, which are said then. */
const checkText = async (
  cli: Cli,
  ports: Ports,
  { name, text }: { readonly name: string; readonly text: string },
): Promise<Site | undefined> => {
  try {
    const loaded = await withNamedFiles(ports, await loadText(ports, name, text));
    await checkLoaded(cli, ports, loaded);
    return loaded.site;
  } catch (error) {
    reportFailure(cli, error);
    return undefined;
  }
};

const isYes = (typed: string | undefined): boolean => typed !== undefined && /^(y|yes)?$/i.test(typed.trim());

interface Next {
  readonly site: Site;
  readonly answers: InitAnswers;
  readonly existing: Existing | undefined;
}

/** Nobody chose the only PHP of a host: it is said where the pool may have had another one. */
const sayOtherPhp = (cli: Cli, { site, answers, existing }: Next): void => {
  const pools = existing?.pools;
  const was = pools?.php?.version;
  const isOther = was === undefined ? answers.php === undefined : was !== site.php.version;
  if (pools !== undefined && isOther) cli.err(otherPhpWords(pools.files[0] ?? '', was, site.php.version));
};

const sayNext = async (cli: Cli, ports: Ports, { site, answers: { webServer }, existing }: Next): Promise<void> => {
  const snippet = renderSnippet(webServer, site, await lookAtShown(ports, site));
  cli.out(`${snippetHeadWords(site.name, webServer)}${snippet}`);
  const isRunning = await runs(ports, site.name);
  if (existing === undefined) return cli.err(nextWords(site.name, isRunning));
  const { files, php, beside } = existing.pools;
  const { name } = existing.pool;
  const { binary, unit } = php ?? {};
  const service = binary === undefined || unit === undefined ? undefined : { binary, unit };
  const isLast = beside?.every(each => each.toLowerCase() === name.toLowerCase()) ?? false;
  const sessions = sessionsOf(existing.pool, php);
  const pool = { name, file: files[0] ?? '', service, isLast, sessions, isBesideSite: isRunning };
  const block = ownBlock(existing, { link: site.link, scripts: scriptsOf(site) });
  const all = await readAllSites(ports, site.name);
  const sites = all.flatMap(({ site: other }) => (other.user === site.user ? [other.name] : []));
  cli.err(nextFromPoolWords(site, { pool, block, others: { sites, isPool: keepsOthers(existing, site) } }));
};

/** Where systemd does not answer, as on a host that is being made, nothing runs. */
const runs = async ({ systemd }: Ports, site: string): Promise<boolean> => {
  try {
    const activeState = await systemd.activeState(siteUnit(site));
    return activeState === 'active' || activeState === 'reloading';
  } catch (error) {
    if (!isError(error)) throw error;
    return false;
  }
};
