import { basename, dirname } from 'node:path';
import { printable } from '../../base/printable.ts';
import { formatTimeSpan } from '../../base/time-span.ts';
import { Drawing } from '../terminal/drawing.ts';
import { alignRows } from '../terminal/table.ts';
import { paintState } from './state-colours.ts';
import type { RollView, SlotView, StepView } from './view.ts';

/** Where a view is drawn, and what is known besides it. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Requests under way, by slot; empty for a user who may not ask HAProxy. */
  readonly inFlight: ReadonlyMap<number, number>;
  readonly hasColour: boolean;
}

/** The lines of a view: none is wider than the canvas, and there are fewer than it has rows. */
export const drawRoll = (view: RollView, canvas: Canvas): readonly Drawing[] => {
  const cut = (text: string) => Drawing.text(printable(text, canvas.columns));
  // One row stays free for the cursor, two are for the title and the bar, one is for the heads of the columns.
  const room = canvas.rows - 4;
  return [
    ...(view.title === undefined || canvas.rows < 3 ? [] : [cut(view.title)]),
    ...(room < 1 || view.slots.length === 0 ? [] : slotLines(view, canvas, room)),
    cut(barLine(view, canvas)),
  ];
};

const slotLines = (view: RollView, canvas: Canvas, room: number): readonly Drawing[] => {
  const shown = choose(view.slots, room);
  const hidden = view.slots.length - shown.length;
  const names = releaseNames(view.slots);
  const rows = alignRows([HEADS, ...shown.map(slot => cellsOf(slot, canvas, names))]);
  const [heads = '', ...lines] = rows.map(row => printable(row, canvas.columns));
  return [
    Drawing.text(heads),
    ...shown.map(({ state }, index) => {
      const line = lines[index] ?? '';
      return canvas.hasColour ? paintState(state, line) : Drawing.text(line);
    }),
    ...(hidden > 0 ? [Drawing.text(printable(`and ${hidden} more`, canvas.columns))] : []),
  ];
};

const HEADS = ['SLOT', 'STATE', 'RELEASE', 'IN FLIGHT', 'LEFT'] as const;

const cellsOf = (slot: SlotView, { now, inFlight }: Canvas, names: (release: string) => string): readonly string[] => [
  String(slot.slot),
  slot.state,
  slot.release === undefined ? '-' : names(slot.release),
  String(slot.busy ?? inFlight.get(slot.slot) ?? '-'),
  slot.deadline === undefined ? '' : formatTimeSpan(Math.max(0, Math.ceil((slot.deadline - now) / 1000)) * 1000),
];

/** How releases are named: by their whole path only where they lie in different directories. */
const releaseNames = (slots: readonly SlotView[]): ((release: string) => string) => {
  const releases = slots.flatMap(({ release }) => release ?? []);
  const places = new Set(releases.map(release => dirname(release)));
  return places.size > 1 ? release => release : release => basename(release);
};

/**
 * The slots to draw. Where there is no room for all, slots in which nothing happens are left out first, and the last line says
 * how many.
 */
const choose = (slots: readonly SlotView[], room: number): readonly SlotView[] => {
  if (slots.length <= room) return slots;
  const isQuiet = ({ state }: SlotView) => state === 'serves' || state === 'idle' || state === 'stopped';
  const ranked = [...slots.filter(slot => !isQuiet(slot)), ...slots.filter(isQuiet)];
  const chosen = new Set(ranked.slice(0, room - 1));
  return slots.filter(slot => chosen.has(slot));
};

const MOST_BAR_COLUMNS = 30;

/** The line with a bar: how far the roll is, what goes on, and for how long. */
const barLine = ({ step, startedAt, endedAt }: RollView, { columns, now }: Canvas): string => {
  const seconds = startedAt === undefined ? 0 : Math.max(0, Math.floor(((endedAt ?? now) - startedAt) / 1000));
  const time = formatTimeSpan(seconds * 1000).replace(/^0$/, '0s');
  if (step === undefined) return `${endedAt === undefined ? 'Waiting for the first step' : 'Over'}, ${time}`;
  return `${bar(step, Math.min(MOST_BAR_COLUMNS, Math.floor(columns / 3)))} ${stepLine(step)}, ${time}`;
};

const stepLine = ({ index, total, doing }: StepView): string =>
  `${index} of ${total}${doing === undefined ? '' : `: ${doing}`}`;

const bar = ({ index, total, isDone }: StepView, width: number): string => {
  const inner = Math.max(1, width - 2);
  const filled = total === 0 ? inner : Math.round((inner * (isDone ? index : index - 1)) / total);
  return `[${'#'.repeat(filled)}${'-'.repeat(inner - filled)}]`;
};
