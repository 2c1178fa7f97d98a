import type { Blocker } from '../../base/blocker.ts';
import type { FpmProcess } from '../../ports/php-fpm.ts';

/** Blockers are told again and again, to everybody: those that have been at it longest are enough to know why. */
const MOST_BLOCKERS = 20;
/** Of each text, which a client or the application chose: more than FPM itself keeps of a script. */
const MOST_TEXT = 256;

/** The children at work; of very many those that have been at it longest. */
export const blockersIn = (processes: readonly FpmProcess[]): readonly Blocker[] => {
  const atWork = processes.filter(({ state }) => state !== 'Idle');
  const told =
    atWork.length <= MOST_BLOCKERS
      ? atWork
      : [...atWork].sort((a, b) => b.requestDurationUs - a.requestDurationUs).slice(0, MOST_BLOCKERS);
  return told.map(toBlocker);
};

/** The child, with its request's URI without the query, which may hold a token: everybody may read what is told of it. */
const toBlocker = (process: FpmProcess): Blocker => ({
  ...process,
  state: process.state.slice(0, MOST_TEXT),
  requestUri: (process.requestUri.split('?', 1)[0] ?? '').slice(0, MOST_TEXT),
  requestMethod: process.requestMethod.slice(0, MOST_TEXT),
  script: process.script.slice(0, MOST_TEXT),
});
