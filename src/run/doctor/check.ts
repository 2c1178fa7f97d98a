import type { PhpZdError, RecordedError } from '../../base/errors.ts';
import type { EndedByItself } from '../observe/ended-by-itself.ts';

/** What a check found out, for the words. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | RecordedError | undefined>>;

/** `problem`: requests are lost, or a roll fails, sooner or later. `warning`: under some condition. `note`: to know. */
export type Severity = 'problem' | 'warning' | 'note';

/** One question about a host or a site. It rejects when it could not be asked. */
export interface Check<On> {
  readonly severity: Severity;
  /** Looks, and gives the facts of each finding; none when all is well. */
  readonly look: (on: On) => Promise<readonly Facts[]>;
}

/** Of a service that ended by itself. */
export const endedFacts = (ended: EndedByItself | undefined): readonly Facts[] =>
  ended === undefined ? [] : [{ unit: ended.unit, count: ended.count, lastAt: ended.lastAt }];

/** What a check found. */
export interface Finding<Name extends string = string> {
  readonly check: Name;
  readonly severity: Severity;
  /** The site; undefined for a finding about the host. */
  readonly site: string | undefined;
  readonly facts: Facts;
}

/** A check that could not be made. */
export interface Unmade<Name extends string = string> {
  readonly check: Name;
  readonly site: string | undefined;
  readonly error: PhpZdError;
}

/** A question that is asked when its answer is first needed, and only once. */
export const once = <Value>(ask: () => Promise<Value>): (() => Promise<Value>) => {
  let asked: Promise<Value> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
};
