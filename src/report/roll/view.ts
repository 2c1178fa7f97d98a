import { replicaIn } from '../../base/errors.ts';
import type { RecordedEvent, RollEntry } from '../../run/record/roll-log.ts';
import type { EventKind } from '../../run/site/events.ts';
import { stepWords } from '../words/steps.ts';
import { type Change, changesAfter, changesDuring, changesOfFailure, type SlotState } from './slot-states.ts';

/** A roll with its settle, or a start of the site, as far as the events have told it. Times are milliseconds since 1970. */
export interface RollView {
  readonly title: string | undefined;
  readonly slots: readonly SlotView[];
  readonly step: StepView | undefined;
  readonly startedAt: number | undefined;
  /** When the last event came. */
  readonly endedAt: number | undefined;
}

export interface SlotView {
  readonly slot: number;
  readonly state: SlotState;
  readonly release: string | undefined;
  /** Requests that a drained replica still has. */
  readonly busy: number | undefined;
  /** When the step that the slot is in must be over. */
  readonly deadline: number | undefined;
}

export interface StepView {
  readonly index: number;
  readonly total: number;
  /** The step in words; undefined between two steps. */
  readonly doing: string | undefined;
  readonly isDone: boolean;
}

export const emptyView: RollView = {
  title: undefined,
  slots: [],
  step: undefined,
  startedAt: undefined,
  endedAt: undefined,
};

/** The view after one more event. */
export const viewAfter = (view: RollView, entry: RollEntry): RollView => {
  const begun: RollView = {
    ...view,
    startedAt: view.startedAt ?? entry.time,
    endedAt: isLastWord(entry) ? entry.time : undefined,
  };
  return reduce(begun, entry.event, entry);
};

/** Whether nothing follows this entry. Only after a refused roll a settle may still find something to mend. */
export const isLastWord = (entry: RollEntry | undefined): boolean =>
  entry !== undefined && lastWords.includes(entry.event.kind);

const lastWords: readonly EventKind[] = ['receipt', 'refused', 'started', 'start-failed', 'stopped'];

type EventOf<Kind extends EventKind> = Extract<RecordedEvent, { readonly kind: Kind }>;
type Reduce<Kind extends EventKind> = (view: RollView, event: EventOf<Kind>, entry: RollEntry) => RollView;

const reduce = <Kind extends EventKind>(
  view: RollView,
  event: EventOf<Kind> & { readonly kind: Kind },
  entry: RollEntry,
): RollView => {
  const reducer: Reduce<Kind> | undefined = reducers[event.kind];
  return reducer === undefined ? view : reducer(view, event, entry);
};

/** How the kinds of events change a view. A kind that is missing changes nothing. */
const reducers: { readonly [Kind in EventKind]?: Reduce<Kind> } = {
  'roll-started': (view, { slots }, { text }) => ({
    ...view,
    title: firstLine(text),
    slots: slots.map(({ slot, release, isServing }) => ({
      ...unseen(slot),
      release,
      state: isServing ? 'serves' : 'idle',
    })),
  }),
  'settle-started': (view, { steps }, { text }) => ({
    ...view,
    title: firstLine(text),
    step: { index: 0, total: steps, doing: undefined, isDone: true },
  }),
  'step-started': (view, { step, index, total, deadlineMs }, { time }) => {
    const deadline = deadlineMs === undefined ? undefined : time + deadlineMs;
    const more = { deadline, ...(step.kind === 'pin' && { release: step.release }) };
    return {
      ...change(view, changesDuring(step), more),
      step: { index, total, doing: stepWords(step).doing, isDone: false },
    };
  },
  'step-done': (view, { step, index, total }) => ({
    ...change(view, changesAfter(step).filter(isNews(view)), { deadline: undefined, busy: undefined }),
    step: { index, total, doing: undefined, isDone: true },
  }),
  'step-failed': (view, { step, index, total, error }) => ({
    ...change(view, changesOfFailure(step, replicaIn(error)), { deadline: undefined }),
    step: { index, total, doing: undefined, isDone: false },
  }),
  draining: (view, { slot, busy }) => change(view, [[slot, undefined]], { busy }),
  parked: (view, { slot }) => change(view, [[slot, 'parked']], { deadline: undefined }),
  killed: (view, { slot }) => change(view, [[slot, 'killed']], { deadline: undefined, busy: undefined }),
};

/**
 * Whether a change tells something new: a replica that was parked or killed keeps that state, although its step ends as that of
 * a stopped one.
 */
const isNews =
  ({ slots }: RollView) =>
  ([slot, state]: Change): boolean => {
    const found = slots.find(each => each.slot === slot);
    return state !== 'stopped' || (found?.state !== 'parked' && found?.state !== 'killed');
  };

const change = (view: RollView, changes: readonly Change[], more: Partial<SlotView>): RollView => {
  const slots = new Map(view.slots.map(slot => [slot.slot, slot]));
  for (const [slot, state] of changes) {
    const found = slots.get(slot) ?? unseen(slot);
    slots.set(slot, { ...found, ...more, state: state ?? found.state });
  }
  return { ...view, slots: [...slots.values()].sort((a, b) => a.slot - b.slot) };
};

const unseen = (slot: number): SlotView => ({
  slot,
  state: 'idle',
  release: undefined,
  busy: undefined,
  deadline: undefined,
});

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
