import type { LeftProcess } from '../../base/left-process.ts';
import { printable } from '../../base/printable.ts';

const MOST_TEXT = 120;

/** The process chose its command itself. */
export const leftProcessWords = ({ pid, command }: LeftProcess): string =>
  `process ${pid}${command === '' ? '' : ` (${printable(command, MOST_TEXT)})`}, which a request left running`;
