import type { WriteStream } from 'node:tty';
import type { Terminal } from '../ports/terminal.ts';

/** The size of a VT100, for a terminal that does not say how large it is. */
const SIZE = { columns: 80, rows: 24 } as const;

/** The terminal that a stream leads to; undefined when the stream leads to none that can be drawn on. */
export const makeTerminal = (
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'rows' | 'on' | 'off'>,
  env: NodeJS.ProcessEnv,
): Terminal | undefined => {
  if (!stream.isTTY || env['TERM'] === 'dumb') return undefined;
  return {
    size: () => ({ columns: stream.columns || SIZE.columns, rows: stream.rows || SIZE.rows }),
    hasColour: !env['NO_COLOR'],
    onResize: listener => {
      stream.on('resize', listener);
      return () => void stream.off('resize', listener);
    },
  };
};
