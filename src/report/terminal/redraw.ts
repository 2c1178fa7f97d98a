import type { Terminal } from '../../ports/terminal.ts';
import { Drawing } from './drawing.ts';

/** Draws a text from the top of the terminal over the one before. Never scrolls: lines that do not fit are counted. */
export const redraw = (text: string, { columns, rows }: ReturnType<Terminal['size']>): Drawing => {
  const lines = text
    .trimEnd()
    .split('\n')
    .flatMap(line => fold(line, columns));
  const room = Math.max(1, rows - 1); // one line stays for the cursor
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), moreLine(lines.length - room + 1, columns)];
  return Drawing.join(Drawing.top, Drawing.overwrite(shown.map(line => Drawing.text(line))));
};

const fold = (line: string, columns: number): readonly string[] => {
  if (line === '') return [line];
  return Array.from({ length: Math.ceil(line.length / columns) }, (_, index) =>
    line.slice(index * columns, (index + 1) * columns),
  );
};

const moreLine = (count: number, columns: number): string =>
  `(${count} more lines: enlarge the terminal)`.slice(0, columns);
