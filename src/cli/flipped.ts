import { isError, type PhpZdError } from '../base/errors.ts';
import { abandonedWords, flipWords, laterRollWords, notRolledToWords, undoneWords } from '../report/words/flip.ts';
import { promotedMeta } from '../run/generation/generation.ts';
import type { Flip } from '../run/releases/flip.ts';
import type { HostedSite } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { controlSite, type JobOptions } from './control.ts';

/** A link that was flipped, and what brings its release to the replicas. */
export interface FlippedSite {
  readonly run: HostedSite;
  readonly flip: Flip;
  readonly action: 'reload' | 'start';
}

/** Rolls to the release that the link names now. When the roll fails, the link is pointed back at the release that serves. */
export const rollFlipped = async (cli: Cli, flipped: FlippedSite, options: JobOptions): Promise<Exit> => {
  const { run, flip, action } = flipped;
  cli.err(flipWords(flip));
  const exit = await rollOrUndo(cli, flipped, () =>
    controlSite(cli, run.ports, { action, site: run.site.name, options }),
  );
  if (cli.signal.aborted || options.block === false) {
    cli.err(abandonedWords(run.site.name, flip));
    return exit;
  }
  if (action === 'reload') return await judge(cli, flipped, exit);
  if (exit !== Exit.done) cli.err(undoneWords(run.site.name, flip, await flip.undo()));
  return exit;
};

/**
 * What became of the roll to the flipped release. For systemd a reload that is asked for while one runs is the same job, which
 * it runs again: both callers get the outcome of the later roll (facts.md S1), and the history has that of this one.
 */
const judge = async (cli: Cli, flipped: FlippedSite, exit: Exit): Promise<Exit> => {
  const { run, flip } = flipped;
  const isThrough = await flip.wasRolledTo();
  if (isThrough && exit !== Exit.done && exit !== Exit.look) {
    cli.err(laterRollWords(run.site.name, flip));
    return Exit.done;
  }
  if (exit !== Exit.done) {
    cli.err(undoneWords(run.site.name, flip, await flip.undo()));
    return exit;
  }
  if (isThrough) return exit;
  cli.err(notRolledToWords(run.site.name, flip, (await promotedMeta(run))?.release));
  return Exit.failed;
};

/**
 * The errors after which systemd has not begun the roll, so that the link must be put right here. After any other error the
 * roll may go on.
 */
const NOT_BEGUN = ['not-started', 'bus-denied', 'unit-unknown', 'unit-masked', 'systemd-refused'] as const;

const rollOrUndo = async (cli: Cli, flipped: FlippedSite, roll: () => Promise<Exit>): Promise<Exit> => {
  try {
    return await roll();
  } catch (error) {
    if (isError(error)) await sayHowLinkIsLeft(cli, flipped, error);
    throw error;
  }
};

const sayHowLinkIsLeft = async (cli: Cli, { run, flip }: FlippedSite, error: PhpZdError): Promise<void> => {
  const { name } = run.site;
  cli.err(isError(error, ...NOT_BEGUN) ? undoneWords(name, flip, await flip.undo()) : abandonedWords(name, flip));
};
