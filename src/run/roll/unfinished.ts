import { linkedGeneration } from '../generation/generation.ts';
import { appendHistory, type HistoryEntry } from '../record/history.ts';
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
  const { id, startedAt, from, release, error } = roll;
  await appendHistory(hosted, {
    ...{ id, startedAt, endedAt, outcome: roll.outcome ?? (await outcomeOf(hosted, roll)) },
    ...(from !== undefined && { from }),
    ...(release !== undefined && { release }),
    ...(error !== undefined && { error }),
    ...(by !== undefined && { by }),
    // Of one that was killed nobody counted the end.
    ...(roll.endedAt !== undefined &&
      roll.state !== 'refused' && { receipt: Meter.of(roll).receipt(endedAt - startedAt) }),
  });
};

const outcomeOf = async (hosted: Hosted, roll: LastRoll): Promise<HistoryEntry['outcome']> => {
  if (roll.state === 'refused') return 'refused';
  return isThrough(roll, await linkedGeneration(hosted, hosted.paths.promoted)) ? 'rolled' : 'killed';
};
