/** What a roll came to: `rolled`; the old release serves everywhere; nothing was touched; a person must look. */
export const ROLL_OUTCOMES = ['rolled', 'rolled-back', 'refused', 'unsettled'] as const;
export type RollOutcome = (typeof ROLL_OUTCOMES)[number];
