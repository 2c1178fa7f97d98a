/**
 * How a roll ended. `rolled`: every replica is on the new release. `rolled-back`: the old release serves everywhere. `refused`:
 * nothing was touched. `unsettled`: a person must look.
 */
export const ROLL_OUTCOMES = ['rolled', 'rolled-back', 'refused', 'unsettled'] as const;
/** The history has one more: the roll and the settle after it were killed, and the next roll found it so. */
export const HISTORY_OUTCOMES = [...ROLL_OUTCOMES, 'killed'] as const;
export type RollOutcome = (typeof ROLL_OUTCOMES)[number];
