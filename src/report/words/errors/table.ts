import type { ErrorCode, ErrorFacts } from '../../../base/error-facts.ts';
import type { Said } from '../said.ts';

/** What an operator reads of an error. */
export interface ErrorWords<Code extends ErrorCode> {
  /** What failed and why, as the end of a sentence: no capital, no full stop. */
  readonly what: (facts: ErrorFacts[Code]) => string | Said;
  /** What to type next, and what goes on meanwhile, where that is not said yet: whole sentences. */
  readonly next?: (facts: ErrorFacts[Code]) => string | Said | undefined;
}

export type ErrorTable<Code extends ErrorCode> = { readonly [Each in Code]: ErrorWords<Each> };
