import { isError } from '../base/errors.ts';
import { describeEvent } from '../report/words/events.ts';
import { flipWords, leftBehindWords, linkWords, notForOtherWords, rollsTooWords } from '../report/words/flip.ts';
import { promotedMeta } from '../run/generation/generation.ts';
import { type PreparedDeployment, prepareDeployment } from '../run/releases/deploy.ts';
import { type FlippedSite, type LinkAfter, linkAfter, linkAfterError } from '../run/releases/link-after.ts';
import { othersOnLink } from '../run/releases/on-link.ts';
import type { SiteJobEnd } from '../run/roll/site-job.ts';
import type { Emit } from '../run/site/events.ts';
import { namedRun } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { worst } from './failure.ts';
import { askForJob, type JobOptions, sayIfNotAtBoot, sayJobEnd } from './job.ts';

/**
 * Rejects as `prepareDeployment`, with a word of whose release it is not, when another site on the link cannot be rolled to the
 * release.
 */
export const requireFitForOthers = async (cli: Cli, { run, release }: PreparedDeployment): Promise<void> => {
  const { ports, site } = run;
  const emit: Emit = event => cli.err(`${describeEvent(site.name, event).text}\n`);
  for (const other of await othersOnLink(ports, site.name, site.link)) {
    try {
      await prepareDeployment(namedRun(other, ports, emit), release);
    } catch (error) {
      cli.err(notForOtherWords(other, site));
      throw error;
    }
  }
};

/** Rolls to the release that the link names now, every site that is on it, and says what becomes of the link. */
export const rollFlipped = async (cli: Cli, flipped: FlippedSite, options: JobOptions): Promise<Exit> => {
  const { run, flip } = flipped;
  const site = run.site.name;
  cli.err(flipWords(flip));
  let brought: Brought;
  try {
    brought = await bring(cli, flipped, options);
  } catch (error) {
    if (isError(error)) cli.err(linkWords(site, flip, await linkAfterError(flipped, error)));
    throw error;
  }
  const { action, end } = brought;
  const exit = sayJobEnd(cli, { action, site }, end);
  const link = await linkAfter({ ...flipped, action }, end);
  cli.err(linkWords(site, flip, link));
  const own = exitWith(link, exit);
  if (action === 'start') await sayIfNotAtBoot(cli, run.ports, site, own);
  return own === Exit.done ? worst([own, await rollOthers(cli, flipped, options)]) : own;
};

interface Brought {
  readonly action: FlippedSite['action'];
  readonly end: SiteJobEnd;
}

/** Asks for what brings the release to the site. Where what was promoted could be started after all, that is a roll. */
const bring = async (cli: Cli, flipped: FlippedSite, options: JobOptions): Promise<Brought> => {
  const { run, action } = flipped;
  const ask = async (by: FlippedSite['action']): Promise<Brought> => ({
    action: by,
    end: await askForJob(cli, run.ports, { action: by, site: run.site.name, options }),
  });
  const first = await ask(action);
  const isElsewhere = action === 'start' && first.end.kind === 'done' && !(await isPromoted(flipped));
  return isElsewhere ? await ask('reload') : first;
};

const isPromoted = async ({ run, flip }: FlippedSite): Promise<boolean> =>
  (await promotedMeta(run))?.release === flip.release;

/** The other sites on the link, one after the other. One that fails keeps what it had, and the link stays for the first. */
const rollOthers = async (cli: Cli, { run, flip }: FlippedSite, options: JobOptions): Promise<Exit> => {
  const exits: Exit[] = [];
  for (const site of await othersOnLink(run.ports, run.site.name, flip.link)) {
    cli.err(rollsTooWords(site, flip));
    const asked = { action: 'reload', site } as const;
    const exit = sayJobEnd(cli, asked, await askForJob(cli, run.ports, { ...asked, options }));
    if (exit !== Exit.done) cli.err(leftBehindWords(site, run.site.name, flip));
    exits.push(exit);
  }
  return worst([Exit.done, ...exits]);
};

/** The roll to the flipped release counts, which may be another one than systemd told of. */
const exitWith = ({ kind }: LinkAfter, exit: Exit): Exit => {
  if (kind === 'later-roll') return Exit.done;
  return kind === 'not-rolled-to' ? Exit.failed : exit;
};
