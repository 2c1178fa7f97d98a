import type { Problem } from './problem.ts';

/** What Node.js has in the place of bytes that are no UTF-8. */
const REPLACED = '\uFFFD';

/** How many lines of a file are told. */
const MOST = 20;

export const isNoUtf8 = (text: string): boolean => text.includes(REPLACED);

/**
 * A problem for each line of a file with bytes that are no UTF-8, as an editor in Latin-1 writes letters: read on, they would be others.
 * In a comment they do nobody harm.
 */
export const noUtf8 = (file: string, text: string): readonly Problem[] => {
  if (!isNoUtf8(text)) return [];
  const message = 'is no UTF-8, and would be read with another letter in its place: save the file as UTF-8';
  return text
    .split('\n')
    .flatMap((line, index) =>
      isNoUtf8(line) && !/^\s{0,80}[;#]/.test(line) ? [{ file, line: index + 1, message }] : [],
    )
    .slice(0, MOST);
};
