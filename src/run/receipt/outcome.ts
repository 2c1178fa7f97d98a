/** What a roll came to: `rolled`; the old release serves everywhere; nothing was touched; a person must look. */
export type RollOutcome = 'rolled' | 'rolled-back' | 'refused' | 'unsettled';
