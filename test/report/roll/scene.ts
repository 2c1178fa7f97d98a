import { emptyView, type RollView, viewAfter } from '../../../src/report/roll/view.ts';
import { describeEvent } from '../../../src/report/words/events.ts';
import type { RollEntry } from '../../../src/run/record/roll-log.ts';
import type { Event } from '../../../src/run/site/events.ts';

/** When everything begins. */
export const START = 1_893_456_000_000;

/** Entries of a roll's log, each so many milliseconds after the one before. */
export const entriesOf = (events: readonly (readonly [afterMs: number, event: Event])[]): readonly RollEntry[] => {
  let time = START;
  return events.map(([afterMs, event]) => {
    time += afterMs;
    return { time, site: 'shop', roll: 'abc', event, ...describeEvent('shop', event) };
  });
};

export const viewOf = (entries: readonly RollEntry[]): RollView => entries.reduce(viewAfter, emptyView);

/** Slots 1 and 2 serve release 41; a roll to 42 begins. */
export const rollStarted: Event = {
  kind: 'roll-started',
  from: '/r/41',
  release: '/r/42',
  steps: 19,
  slots: [1, 2].map(slot => ({ slot, release: '/r/41', isServing: true })),
};
