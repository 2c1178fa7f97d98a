import { closeSync } from 'node:fs';

/** The descriptor by which units/in-turn.sh holds the turn of the process that it becomes. */
const TURN = 9;

/** Ends the turn of this process after so many seconds, as $PHP_ZD_TURN has them: its end does the same before. */
export const endTurnAfter = (seconds: string): void => {
  setTimeout(() => closeSync(TURN), Number(seconds) * 1000).unref();
};
