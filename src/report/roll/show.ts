import type { Terminal } from '../../ports/terminal.ts';
import type { RollEntry } from '../../run/record/roll-log.ts';
import { entryJson } from '../json/json.ts';
import type { Drawing } from '../terminal/drawing.ts';
import { Screen } from '../terminal/screen.ts';
import { wrap } from '../terminal/wrap.ts';
import { drawRoll } from './picture.ts';
import { emptyView, viewAfter } from './view.ts';
import { toldBeside, toldLine } from './words.ts';

/** How a roll is shown while it goes on: three bodies, one of which is chosen once. */
export interface RollShow {
  /** Shows an entry. Entries come in their order. */
  add(entry: RollEntry): void;
  /** Shows that time has passed, with the requests under way by slot, as far as they are known. */
  tick(now: number, inFlight: ReadonlyMap<number, number>): void;
  /** The roll is over: whatever is written from now on stands below what was shown. */
  end(): void;
}

/** A show that leaves the receipt out, for a verb that prints the receipt itself. */
export const withoutReceipt = (show: RollShow): RollShow => ({
  ...show,
  add: entry => {
    if (entry.event.kind !== 'receipt') show.add(entry);
  },
});

type Write = (text: string) => void;

/** Events as JSON, one a line, all of them. */
export const showJson = (write: Write): RollShow => ({
  add: entry => write(`${entryJson(entry)}\n`),
  tick: () => undefined,
  end: () => undefined,
});

/** How often a drain that goes on has a line, for each slot. */
const DRAIN_SAID_MS = 1_000;

/** Events as lines, for a log. */
export const showLines = (write: Write): RollShow => {
  const saidAt = new Map<number, number>();
  const isTooOften = ({ event, time }: RollEntry): boolean => {
    if (event.kind !== 'draining') return false;
    if (time - (saidAt.get(event.slot) ?? Number.NEGATIVE_INFINITY) < DRAIN_SAID_MS) return true;
    saidAt.set(event.slot, time);
    return false;
  };
  return {
    add: entry => {
      const text = toldLine(entry);
      if (text !== undefined && !isTooOften(entry)) write(`${text}\n`);
    },
    tick: () => undefined,
    end: () => undefined,
  };
};

/**
 * The roll as a picture that changes in place. Messages that must not be missed scroll by above the picture, and the receipt
 * stands below.
 */
export const showPicture = (write: (said: string | Drawing) => void, terminal: Terminal): RollShow => {
  const screen = new Screen(write, terminal);
  const last: string[] = [];
  let view = emptyView;
  let known: { readonly now: number; readonly inFlight: ReadonlyMap<number, number> } | undefined;
  const draw = () => {
    if (known === undefined || view.startedAt === undefined) return;
    screen.draw(drawRoll(view, { ...terminal.size(), ...known, hasColour: terminal.hasColour }));
  };
  const stop = terminal.onResize(draw);
  return {
    add: entry => {
      // Another roll begins a picture of its own.
      if (entry.event.kind === 'roll-started') view = emptyView;
      view = viewAfter(view, entry);
      const text = toldBeside(entry);
      if (text === undefined) return;
      if (view.endedAt !== undefined || entry.event.kind === 'roll-done') last.push(text);
      else screen.sayAbove(text);
    },
    tick: (now, inFlight) => {
      known = { now, inFlight };
      draw();
    },
    end: () => {
      stop();
      draw();
      for (const text of last) write(`${wrap(text, terminal.size().columns)}\n`);
    },
  };
};
