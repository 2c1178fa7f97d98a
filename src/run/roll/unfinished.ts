import { linkedGeneration } from '../generation/generation.ts';
import { appendHistory, entryOf, type HistoryEntry } from '../record/history.ts';
import { isThrough, type LastRoll, readLastRoll } from '../record/last-roll.ts';
import { Meter } from '../record/meter.ts';
import { whoAsked } from '../record/who-asked.ts';
import type { Hosted } from '../site/site-run.ts';

/**
 * A roll whose settle was killed too has no outcome, and its record is about to be overwritten by that of the next roll; so is that of one
 * for which the disk had no room. Afterwards the history has it.
 */
export const concludeUnfinished = async (hosted: Hosted): Promise<void> => {
  const roll = await readLastRoll(hosted);
  if (roll === undefined || (roll.outcome !== undefined && !roll.isUnkept)) return;
  const endedAt = roll.endedAt ?? hosted.ports.clock.now();
  const by = await whoAsked(hosted, roll);
  const outcome = roll.outcome ?? (await outcomeOf(hosted, roll));
  // Of one that was killed nobody counted the end.
  const isCounted = roll.endedAt !== undefined && roll.state !== 'refused';
  const receipt = isCounted ? Meter.of(roll).receipt(endedAt - roll.startedAt) : undefined;
  await appendHistory(hosted, entryOf(roll, { endedAt, outcome, by, receipt }));
};

const outcomeOf = async (hosted: Hosted, roll: LastRoll): Promise<HistoryEntry['outcome']> => {
  if (roll.state === 'refused') return 'refused';
  return isThrough(roll, await linkedGeneration(hosted, hosted.paths.promoted)) ? 'rolled' : 'killed';
};
