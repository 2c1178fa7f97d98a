import type { Holders } from '../../../run/site/events.ts';
import { blockerWords } from '../blocker.ts';
import { leftProcessWords, startedProcessWords } from '../left-process.ts';

/** Those that hold it: a request of less than a second is about to end. */
export const longWords = ({ blockers, processes = [] }: Holders): string => {
  const long = blockers.filter(({ requestDurationUs }) => requestDurationUs >= 1_000_000);
  const words = [...long.map(blockerWords), ...processes.map(wordsBeside(blockers))];
  return words.length === 0 ? '' : `: ${words.join('; ')}`;
};

export const listOf = ({ blockers, processes = [] }: Holders): string => {
  const words = [...blockers.map(blockerWords), ...processes.map(wordsBeside(blockers))];
  return words.length === 0 ? 'requests that FPM does not name' : words.join('; ');
};

/** While requests run, a process may be one that they wait for. */
export const wordsBeside = (blockers: Holders['blockers']) =>
  blockers.length === 0 ? leftProcessWords : startedProcessWords;
