import { isError, type PhpZdError } from '../base/errors.ts';
import { promotedMeta } from '../run/generation/generation.ts';
import type { Flip, Undone } from '../run/releases/flip.ts';
import type { HostedSite } from '../run/site/site-run.ts';
import { type Cli, Exit } from './context.ts';
import { controlSite, type JobOptions } from './control.ts';

/** A link that was flipped, and what brings its release to the replicas. */
export interface FlippedSite {
  readonly run: HostedSite;
  readonly flip: Flip;
  readonly action: 'reload' | 'start';
}

/** Rolls to what the link names now. When that fails, the link names again what serves. */
export const rollFlipped = async (cli: Cli, flipped: FlippedSite, options: JobOptions): Promise<Exit> => {
  const { run, flip, action } = flipped;
  cli.err(`${flip.link} names ${flip.release} now.\n`);
  const exit = await rollOrUndo(cli, flipped, () =>
    controlSite(cli, run.ports, { action, site: run.site.name, options }),
  );
  if (cli.signal.aborted || options.block === false) {
    cli.err(abandonedWords(flipped));
    return exit;
  }
  if (action === 'reload') return await judge(cli, flipped, exit);
  if (exit !== Exit.done) cli.err(undoneWords(flipped, await flip.undo()));
  return exit;
};

/**
 * A reload that is asked for while one runs is the same job for systemd, which runs it again: both callers get the outcome of
 * the later roll (facts.md S1). What became of ours is in the history.
 */
const judge = async (cli: Cli, flipped: FlippedSite, exit: Exit): Promise<Exit> => {
  const { run, flip } = flipped;
  const isThrough = await flip.wasRolledTo();
  if (isThrough && exit !== Exit.done && exit !== Exit.look) {
    cli.err(`That was a later roll: the one to ${flip.release} is through. See "php-zd status ${run.site.name}".\n`);
    return Exit.done;
  }
  if (exit !== Exit.done) {
    cli.err(undoneWords(flipped, await flip.undo()));
    return exit;
  }
  if (isThrough) return exit;
  cli.err(await otherWords(flipped));
  return Exit.failed;
};

/** systemd did not begin with these: nobody else puts the link right. With any other error the roll may go on. */
const NOT_BEGUN = ['not-started', 'bus-denied', 'unit-unknown', 'unit-masked', 'systemd-refused'] as const;

const rollOrUndo = async (cli: Cli, flipped: FlippedSite, roll: () => Promise<Exit>): Promise<Exit> => {
  try {
    return await roll();
  } catch (error) {
    if (isError(error)) await sayHowLinkIsLeft(cli, flipped, error);
    throw error;
  }
};

const sayHowLinkIsLeft = async (cli: Cli, flipped: FlippedSite, error: PhpZdError): Promise<void> =>
  cli.err(isError(error, ...NOT_BEGUN) ? undoneWords(flipped, await flipped.flip.undo()) : abandonedWords(flipped));

const otherWords = async ({ run, flip }: FlippedSite): Promise<string> =>
  `php-zd: ${flip.release} was not rolled to: somebody pointed ${flip.link} elsewhere meanwhile.\n` +
  `${(await promotedMeta(run))?.release ?? 'No release'} serves. See "php-zd status ${run.site.name}".\n`;

const abandonedWords = ({ run, flip }: FlippedSite): string =>
  `${flip.link} names ${flip.release}, and stays so if the roll fails. Look with "php-zd status ${run.site.name}"${
    flip.former === undefined || flip.former === flip.release
      ? ''
      : `; then go back with "php-zd deploy ${run.site.name} ${flip.former}"`
  }.\n`;

const undoneWords = ({ run, flip }: FlippedSite, undone: Undone): string => {
  const { link, release } = flip;
  if (undone.kind === 'promoted') return `${link} names ${release}, which is promoted.\n`;
  if (undone.kind === 'not-ours')
    return `${link} was pointed elsewhere meanwhile, and is left so. See "php-zd status ${run.site.name}".\n`;
  if (undone.names === undefined) return `${link} was removed again.\n`;
  return `${link} names ${undone.names} again. When ${release} is mended: "php-zd deploy ${run.site.name} ${release}".\n`;
};
