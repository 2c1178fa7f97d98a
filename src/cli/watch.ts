import { isError } from '../base/errors.ts';
import { Drawing } from '../report/terminal/drawing.ts';
import { redraw } from '../report/terminal/redraw.ts';
import type { Cli, Exit } from './context.ts';

export interface Page {
  readonly text: string;
  readonly exit: Exit;
}

/**
 * Shows one page after the other until ^C, or until nobody reads any more: on a terminal over the page before, elsewhere below
 * it. Gives the exit status of the last page.
 */
export const watchPages = async (cli: Cli, intervalMs: number, look: () => Promise<Page>): Promise<Exit> => {
  const over = cli.unread === undefined ? cli.signal : AbortSignal.any([cli.signal, cli.unread]);
  for (let isFirst = true; ; isFirst = false) {
    const { text, exit } = await look();
    if (cli.outTerminal !== undefined) {
      const page = redraw(text, cli.outTerminal.size());
      cli.out(isFirst ? Drawing.join(Drawing.clear, page) : page);
    } else cli.out(isFirst ? text : `\n${text}`);
    await nextLook(cli, intervalMs, over);
    if (over.aborted) return exit;
  }
};

/** Resolves when the interval is over, when the terminal has got another size, or when the watching is over. */
const nextLook = async (cli: Cli, intervalMs: number, over: AbortSignal): Promise<void> => {
  const wake = new AbortController();
  const onAbort = () => wake.abort();
  const stop = cli.outTerminal?.onResize(onAbort);
  over.addEventListener('abort', onAbort);
  try {
    if (over.aborted) return;
    await (await cli.ports()).clock.sleep(intervalMs, wake.signal);
  } catch (error) {
    if (!isError(error, 'aborted')) throw error;
  } finally {
    stop?.();
    over.removeEventListener('abort', onAbort);
  }
};
