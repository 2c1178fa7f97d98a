import type { WriteStream } from 'node:tty';
import type { Terminal } from '../ports/terminal.ts';

/** VT100's own, where a terminal does not say how large it is. */
const SIZE = { columns: 80, rows: 24 } as const;

/** What a stream leads to; undefined when nothing can be drawn there. */
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
