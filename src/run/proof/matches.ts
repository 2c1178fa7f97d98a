import { runInNewContext } from 'node:vm';

/** Of the longest pattern that an operator means, over the longest body that is kept: a hundredth of it. */
const MOST_MS = 200;

const LATE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * Whether a pattern of the operator's matches a text of the application's. Undefined when that cannot be told in time: the
 * application may choose a text on which the pattern takes for ever, and the search is then ended.
 */
export const matches = (pattern: RegExp, text: string): boolean | undefined => {
  try {
    return runInNewContext('pattern.test(text)', { pattern, text }, { timeout: MOST_MS });
  } catch (error) {
    const isLate = typeof error === 'object' && error !== null && 'code' in error && error.code === LATE;
    if (!isLate) throw error;
    return undefined;
  }
};
