import * as v from 'valibot';
import type { RecordedError } from '../../base/errors.ts';

export const recordedError: v.GenericSchema<unknown, RecordedError> = v.object({
  code: v.string(),
  facts: v.record(v.string(), v.unknown()),
});
