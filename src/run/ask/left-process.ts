import type { LeftProcess } from '../../base/left-process.ts';
import type { FoundProcess } from '../../ports/processes.ts';

const MOST_TEXT = 120;

/**
 * The process by its id and by the first words of its command. What follows an option, an address or an assignment may be a
 * password, and everybody may read what is told of the process.
 */
export const toLeftProcess = ({ pid, name, words }: FoundProcess): LeftProcess => {
  const end = words.findIndex((word, index) => index > 0 && /^-|[@=]|:\/\//.test(word));
  const told = (end === -1 ? words : words.slice(0, end)).join(' ');
  return { pid, command: (told || name).slice(0, MOST_TEXT) };
};
