import { withoutControls } from '../../base/printable.ts';
import type { RollEntry } from '../../run/record/roll-log.ts';
import type { EventKind } from '../../run/site/events.ts';

/** How much of an event is told to who follows a roll line by line. What is missing is for the journal alone. */
const told: { readonly [Kind in EventKind]?: 'line' | 'all' } = {
  warnings: 'all',
  'using-promoted': 'all',
  'promoted-missing': 'all',
  'known-bad': 'all',
  'mount-changed': 'all',
  'roll-started': 'line',
  'step-started': 'line',
  draining: 'line',
  'warmup-failed': 'all',
  parked: 'all',
  unparked: 'all',
  killed: 'all',
  'roll-failed': 'line',
  'roll-killed': 'all',
  'settle-started': 'line',
  settled: 'line',
  unsettled: 'all',
  'roll-done': 'all',
  receipt: 'all',
  started: 'all',
  'start-failed': 'all',
  stopped: 'all',
};

/** What a picture of the roll shows anyway. */
const drawn: readonly EventKind[] = ['roll-started', 'step-started', 'draining', 'settle-started'];

/** Undefined: nothing is to be told of it. */
export const toldLine = (entry: RollEntry): string | undefined => {
  const how = told[entry.event.kind];
  if (how === undefined) return undefined;
  return withoutControls(how === 'line' ? (entry.text.split('\n', 1)[0] ?? '') : entry.text);
};

/** The same beside a picture. */
export const toldBeside = (entry: RollEntry): string | undefined =>
  drawn.includes(entry.event.kind) ? undefined : toldLine(entry);
