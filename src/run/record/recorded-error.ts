import * as v from 'valibot';
import type { ErrorCode, Facts } from '../../base/errors.ts';

/**
 * An error as a record keeps it. Another version of php-zd may have written it, with a code or facts that this version does not
 * know.
 */
export interface RecordedError {
  readonly code: ErrorCode;
  readonly facts: Facts;
}

const fact = v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]);

export const recordedError: v.GenericSchema<unknown, RecordedError> = v.object({
  code: v.custom<ErrorCode>(code => typeof code === 'string'),
  facts: v.record(v.string(), fact),
});
