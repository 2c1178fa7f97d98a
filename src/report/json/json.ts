import type { RecordedError } from '../../base/errors.ts';
import { escapeControls } from '../../base/printable.ts';
import type { SiteStatus } from '../../run/observe/status.ts';
import type { RollEntry } from '../../run/record/roll-log.ts';
import { findingsOf } from '../status/findings.ts';
import { blockerWords } from '../words/blocker.ts';
import { errorJson } from './errors.ts';

/** JSON for programs of what was found or kept. `space` as JSON.stringify() has it. */
export const formatJson = (value: unknown, space?: number): string =>
  escapeControls(
    JSON.stringify(
      value,
      (key, part: unknown) => (key === 'error' && isRecorded(part) ? errorJson(part) : part),
      space,
    ),
  );

const isRecorded = (part: unknown): part is RecordedError =>
  typeof part === 'object' && part !== null && 'code' in part && typeof part.code === 'string' && 'facts' in part;

/** A line of what was said of a roll. */
export const entryJson = (entry: RollEntry): string => {
  const { event } = entry;
  if (event.kind !== 'parked' && event.kind !== 'killed' && event.kind !== 'cut-off') return formatJson(entry);
  return formatJson({ ...entry, event: { ...event, blockers: event.blockers.map(blockerOrWords) } });
};

/** php-zd 0.1 kept words. */
const blockerOrWords = (blocker: Parameters<typeof blockerWords>[0] | string): string =>
  typeof blocker === 'string' ? blocker : blockerWords(blocker);

export const statusJson = (status: SiteStatus): object => ({
  ...status,
  findings: findingsOf(status),
  replicas: status.replicas.map(replica => ({ ...replica, blockers: replica.blockers.map(blockerWords) })),
});
