import type { Facts } from '../../run/doctor/check.ts';
import type { CheckName } from '../../run/doctor/doctor.ts';

/** What a check found, with the reason, and what to do about it; each without a full stop. */
export interface DoctorWords {
  readonly found: string;
  readonly fix: string;
}

/** One for every check. */
export type WordsOf<Name extends CheckName> = {
  readonly [Check in Name]: (facts: Facts, site: string) => DoctorWords;
};

export const listFact = (fact: Facts[string]): string => (Array.isArray(fact) ? fact.join(', ') : String(fact));
