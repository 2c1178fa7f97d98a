// What is sent to a terminal besides text: ECMA-48. The cursor is never hidden, so that nobody is left without it.

export const ESC = '\x1b';
/** Moves the cursor to the first line. */
export const TOP = `${ESC}[H`;
/** Empties the terminal. What stood there scrolls away and is not lost, as with clear(1). */
export const CLEAR = `${TOP}${ESC}[2J`;
const ERASE_LINE = `${ESC}[K`;
export const ERASE_BELOW = `${ESC}[J`;

/** Moves the cursor so many lines up. */
export const up = (lines: number): string => (lines === 0 ? '' : `${ESC}[${lines}A`);

/** Writes lines from the cursor on over what stands there, and erases what stands below them. */
export const overwrite = (lines: readonly string[]): string =>
  `${lines.map(line => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`;
