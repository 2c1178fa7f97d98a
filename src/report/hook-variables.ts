import { withoutControls } from '../base/printable.ts';
import { receiptVariables } from '../run/receipt/receipt-variables.ts';
import type { HistoryEntry } from '../run/record/history.ts';
import type { Variables } from '../run/transient/hook.ts';
import { describeRecorded } from './words/errors.ts';

/** What the hook for how a roll ended is told of it: after_roll what it cost, on_failure why it failed. */
export const lastHookVariables = ({ outcome, receipt, error }: HistoryEntry): Variables => {
  if (outcome === 'rolled') return receipt === undefined ? {} : receiptVariables(receipt);
  return {
    PHP_ZD_OUTCOME: outcome,
    ...(error !== undefined && { PHP_ZD_ERROR: error.code, PHP_ZD_REASON: withoutControls(describeRecorded(error)) }),
  };
};
