import { siteUnit } from '../base/paths.ts';
import { abortedWords, notUnderWayWords, settlesWords } from '../report/words/verbs.ts';
import { abortRoll } from '../run/roll/abort.ts';
import type { SiteJobEnd } from '../run/roll/site-job.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import { hostedByName } from '../run/site/site-run.ts';
import { sayAsked } from './asked.ts';
import { type Cli, Exit } from './context.ts';
import { followToEnd } from './follow.ts';
import { type JobOptions, sayJobEnd } from './job.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addAbort: AddVerbs = (program, cli, verb) => {
  program
    .command('abort <SITE...>')
    .description('end a roll that is under way: what was promoted serves on, or again')
    .option('--json', 'the events as JSON, one a line')
    .action(
      verb((names: string[], options: Pick<JobOptions, 'json'>) =>
        forEachSite(cli, names, name => abort(cli, name, options)),
      ),
    );
};

const abort = async (cli: Cli, site: string, options: Pick<JobOptions, 'json'>): Promise<Exit> => {
  await requireSiteFile(await cli.ports(), site);
  const end = await endRoll(cli, site, options);
  if (end === undefined) return Exit.done;
  // That the roll failed is what was asked for.
  if (end.kind === 'roll-failed' && isAsAsked(end)) return Exit.done;
  return sayJobEnd(cli, { action: 'reload', site }, end);
};

const isAsAsked = ({ roll }: Extract<SiteJobEnd, { kind: 'roll-failed' }>): boolean =>
  roll.outcome === 'rolled-back' || roll.outcome === 'refused';

/** Ends a roll and shows the settle after it to its end. Undefined when no roll is under way, which is said. */
export const endRoll = async (
  cli: Cli,
  site: string,
  options: Pick<JobOptions, 'json'>,
): Promise<SiteJobEnd | undefined> => {
  const ports = await cli.ports();
  const { activeState } = await ports.systemd.unit(siteUnit(site));
  if (activeState !== 'reloading') {
    cli.err(notUnderWayWords(site));
    return undefined;
  }
  await sayAsked(cli, site, 'abort');
  cli.outliveTerminal?.();
  const isEnded = await abortRoll(hostedByName(site, ports));
  cli.err(isEnded ? abortedWords(site) : settlesWords(site));
  // Also where systemd has ended the reload by now: whether a settle came to the roll is in its record alone.
  return await followToEnd(cli, { site, activeState, options });
};
