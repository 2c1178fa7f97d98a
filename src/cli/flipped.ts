import { isError } from '../base/errors.ts';
import { flipWords, linkWords } from '../report/words/flip.ts';
import { type FlippedSite, type LinkAfter, linkAfter, linkAfterError } from '../run/releases/link-after.ts';
import type { SiteJobEnd } from '../run/roll/site-job.ts';
import { type Cli, Exit } from './context.ts';
import { askForJob, type JobOptions, sayJobEnd } from './job.ts';

/** Rolls to the release that the link names now, and says what becomes of the link. */
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
  return exitWith(link, exit);
};

/** The roll to the flipped release counts, which may be another one than systemd told of. */
const exitWith = ({ kind }: LinkAfter, exit: Exit): Exit => {
  if (kind === 'later-roll') return Exit.done;
  return kind === 'not-rolled-to' ? Exit.failed : exit;
};
