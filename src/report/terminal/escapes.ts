// What we send to a terminal besides text: ECMA-48. The cursor is never hidden, so that nobody is left without it.

export const ESC = '\x1b';
/** The cursor to the first line. */
export const TOP = `${ESC}[H`;
/** The terminal is empty; what stood there scrolls away and is not lost, as `clear` does it. */
export const CLEAR = `${TOP}${ESC}[2J`;
const ERASE_LINE = `${ESC}[K`;
export const ERASE_BELOW = `${ESC}[J`;

/** The cursor so many lines up. */
export const up = (lines: number): string => (lines === 0 ? '' : `${ESC}[${lines}A`);

/** Lines from where the cursor is, in the place of what stands there; below them nothing. */
export const overwrite = (lines: readonly string[]): string =>
  `${lines.map(line => `${line}${ERASE_LINE}\n`).join('')}${ERASE_BELOW}`;
