import type { LeftProcess } from '../../base/left-process.ts';
import { printable } from '../../base/printable.ts';

const MOST_TEXT = 120;

/** The process chose its command itself. */
export const processWords = ({ pid, command }: LeftProcess): string =>
  `process ${pid}${command === '' ? '' : ` (${printable(command, MOST_TEXT)})`}`;

export const leftProcessWords = (process: LeftProcess): string =>
  `${processWords(process)}, which a request left running`;

/** Of one that a request may still wait for, as mail() waits for sendmail. */
export const startedProcessWords = (process: LeftProcess): string =>
  `${processWords(process)}, which a request started`;
