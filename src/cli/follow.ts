import { isError, PhpZdError } from '../base/errors.ts';
import { siteUnit } from '../base/paths.ts';
import type { UnitState } from '../ports/systemd.ts';
import { formatJson } from '../report/json/json.ts';
import { lastRollLines } from '../report/roll/last-roll.ts';
import { isLastWord } from '../report/roll/view.ts';
import { notUnderWayWords } from '../report/words/verbs.ts';
import { isUnderWay } from '../run/ask/unit-states.ts';
import { readHistory } from '../run/record/history.ts';
import { readRollLog } from '../run/record/roll-log.ts';
import { endOfFollowed, type Followed, type SiteJobEnd } from '../run/roll/site-job.ts';
import { requireSiteFile } from '../run/site/known-site.ts';
import type { Ports } from '../run/site/ports.ts';
import { hostedByName } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { chooseShow, showUntil } from './follow-roll.ts';
import { sayJobEnd } from './job.ts';
import { forEachSite } from './sites.ts';
import type { AddVerbs } from './verbs.ts';

export const addFollow: AddVerbs = (program, cli, verb) => {
  program
    .command('follow <SITE...>')
    .description('show a roll that is under way to its end; or how the last one went')
    .option('--json', 'its events as JSON, one a line')
    .action(
      verb((names: string[], options: FollowOptions) => forEachSite(cli, names, name => follow(cli, name, options))),
    );
};

interface FollowOptions {
  readonly json?: true;
}

const follow = async (cli: Cli, site: string, options: FollowOptions): Promise<Exit> => {
  const ports = await cli.ports();
  const { activeState } = await ports.systemd.unit(siteUnit(site));
  return isUnderWay(activeState)
    ? sayJobEnd(cli, { action: 'reload', site }, await followToEnd(cli, { site, activeState, options }))
    : await sayLastRoll(cli, site, options);
};

interface UnderWay {
  readonly site: string;
  /** systemd's word for what the site's unit is at. */
  readonly activeState: string;
  readonly options: FollowOptions;
}

/** Shows what is under way to its end, and gives how it ended. */
export const followToEnd = async (cli: Cli, { site, activeState, options }: UnderWay): Promise<SiteJobEnd> => {
  const ports = await cli.ports();
  const followed = await fromItsBegin(ports, site, activeState);
  // Not before: what rejects while nobody waits for it ends the process. An end that came meanwhile is told at once.
  const ended = awaitEnd(cli, ports, site);
  await showUntil(ports, { ...followed, show: chooseShow(cli, options) }, ended);
  try {
    return await endOfFollowed(hostedByName(site, ports), activeState, await ended);
  } catch (error) {
    if (!isError(error, 'aborted')) throw error;
    return { kind: 'left' };
  }
};

/**
 * Waits until the site's unit has nothing to do any more, and gives systemd's word for its state. Rejects with `aborted` after
 * ^C.
 */
export const awaitEnd = async (cli: Cli, { systemd }: Ports, site: string): Promise<string> => {
  const over = new AbortController();
  let state = '';
  const look = ({ activeState }: UnitState) => {
    state = activeState;
    if (!isUnderWay(activeState)) over.abort();
  };
  await systemd.watch(siteUnit(site), look, AbortSignal.any([over.signal, cli.signal]));
  if (!over.signal.aborted) throw new PhpZdError('aborted', {});
  return state;
};

/**
 * Where to begin to follow: at the begin of what goes on now. The entries that are there may still be of the roll before, whose
 * successor has only just been started. A start goes on in the log of the stop before it.
 */
const fromItsBegin = async ({ files }: Ports, site: string, activeState: string): Promise<Followed> => {
  const found = await readRollLog(files, site);
  const isOther = activeState !== 'activating' && isLastWord(found?.entries.at(-1));
  return { site, after: isOther ? found?.place : undefined, isOther };
};

const sayLastRoll = async (cli: Cli, site: string, { json }: FollowOptions): Promise<Exit> => {
  const ports = await cli.ports();
  const last = (await readHistory(hostedByName(site, ports))).at(-1);
  if (last === undefined) await requireSiteFile(ports, site);
  if (json) {
    if (last !== undefined) cli.out(`${formatJson({ site, ...last })}\n`);
    return Exit.done;
  }
  cli.err(notUnderWayWords(site));
  if (last !== undefined) cli.out(`${lastRollLines(site, last).join('\n')}\n`);
  return Exit.done;
};
