import { isError } from '../base/errors.ts';
import { flipWords, leftBehindWords, linkWords, rollsTooWords } from '../report/words/flip.ts';
import { type FlippedSite, type LinkAfter, linkAfter, linkAfterError } from '../run/releases/link-after.ts';
import { othersOnLink } from '../run/releases/on-link.ts';
import type { SiteJobEnd } from '../run/roll/site-job.ts';
import { type Cli, Exit } from './context.ts';
import { worst } from './failure.ts';
import { askForJob, type JobOptions, sayJobEnd } from './job.ts';

/** Rolls to the release that the link names now, every site that is on it, and says what becomes of the link. */
export const rollFlipped = async (cli: Cli, flipped: FlippedSite, options: JobOptions): Promise<Exit> => {
  const { run, flip, action } = flipped;
  const asked = { action, site: run.site.name };
  cli.err(flipWords(flip));
  let end: SiteJobEnd;
  try {
    end = await askForJob(cli, run.ports, { ...asked, options });
  } catch (error) {
    if (isError(error)) cli.err(linkWords(asked.site, flip, await linkAfterError(flipped, error)));
    throw error;
  }
  const exit = sayJobEnd(cli, asked, end);
  const link = await linkAfter(flipped, end);
  cli.err(linkWords(asked.site, flip, link));
  const own = exitWith(link, exit);
  return own === Exit.done ? worst([own, await rollOthers(cli, flipped, options)]) : own;
};

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
