import { isError } from '../../base/errors.ts';
import { type NumberedStep, type Stretch, stretchesOf } from '../../plan/side-by-side.ts';
import type { Step } from '../../plan/step.ts';
import { eachAtOnce } from '../ask/at-once.ts';
import type { StepRun } from '../generation/step-run.ts';
import type { Meter } from '../record/meter.ts';
import { readTotals } from '../record/read-totals.ts';
import type { FoundSlot } from '../site/events.ts';
import { type Count, runStep } from '../step/execute.ts';

/** The steps of a roll, and what tells of them. */
export interface Course {
  readonly steps: readonly Step[];
  readonly slots: readonly FoundSlot[];
  readonly meter: Meter;
  /** The release that was promoted before. */
  readonly from: string | undefined;
  /** Rejects with `aborted` when somebody ends the roll. */
  readonly aborted: Promise<never>;
}

/**
 * Takes the steps of a roll, side by side where the plan says that they may be. When one fails no later stretch is begun, and what is
 * under way comes to its end first: whoever puts the roll right finds nobody at work. Rejects with the failure that stands first in the plan.
 */
export const runSteps = async (run: StepRun, { steps, slots, meter, from, aborted }: Course): Promise<void> => {
  const total = steps.length;
  const releases = { from, release: run.generation.release };
  run.emit({ kind: 'roll-started', ...releases, steps: total, slots });
  let begun = 0;
  /** A step counts when it begins: side by side that is another order than the plan's. */
  const count = () => {
    begun += 1;
    return { index: begun, total };
  };
  for (const stretch of stretchesOf(steps)) {
    const way = new Way(run, count);
    try {
      await Promise.race([aborted, way.go(stretch)]);
    } catch (error) {
      const at = way.failedAt(error);
      if (isError(error) && at !== undefined)
        run.emit({ kind: 'roll-failed', failure: { ...releases, ...at.count, step: at.step, error } });
      throw error;
    } finally {
      way.measure(meter, await readTotals(run));
    }
  }
};

interface Begun extends NumberedStep {
  readonly count: Count;
  readonly since: number;
}

interface Taken extends Begun {
  readonly ms: number;
  readonly error: unknown;
}

/** One stretch on its way. */
class Way {
  readonly #run: StepRun;
  readonly #count: () => Count;
  readonly #begun: number;
  readonly #underWay = new Set<Begun>();
  readonly #taken: Taken[] = [];
  #pinned: Promise<void> = Promise.resolve();

  constructor(run: StepRun, count: () => Count) {
    this.#run = run;
    this.#count = count;
    this.#begun = run.ports.clock.monotonicMs();
  }

  async go({ lanes, width }: Stretch): Promise<void> {
    await eachAtOnce(lanes, width, lane => this.#take(lane));
    const [first] = this.#failures();
    if (first !== undefined) throw first.error;
  }

  /** The step that an error is of; an abort is of the first that was under way. */
  failedAt(error: unknown): Begun | undefined {
    return this.#failures().find(each => each.error === error) ?? [...this.#underWay].sort(byPlan)[0];
  }

  /** Side by side the steps took longer than the stretch: each has its share of that. */
  measure(meter: Meter, totals: Parameters<Meter['add']>[2]): void {
    const now = this.#run.ports.clock.monotonicMs();
    const open = [...this.#underWay].map(({ step, since }) => ({ step, ms: now - since }));
    const times = [...this.#taken, ...open];
    const sum = times.reduce((whole, { ms }) => whole + ms, 0);
    const share = sum === 0 ? 0 : (now - this.#begun) / sum;
    for (const { step, ms } of times) meter.add(step.kind, Math.floor(ms * share), totals);
  }

  #failures(): readonly Taken[] {
    return this.#taken.filter(({ error }) => error !== undefined).sort(byPlan);
  }

  async #take(lane: readonly NumberedStep[]): Promise<void> {
    for (const numbered of lane) {
      const error = await (numbered.step.kind === 'pin' ? this.#alone(numbered) : this.#one(numbered));
      if (error !== undefined) return;
    }
  }

  /** A pin writes what all slots share, by what is pinned then. */
  #alone(numbered: NumberedStep): Promise<unknown> {
    const one = this.#pinned.then(() => this.#one(numbered));
    this.#pinned = one.then(() => undefined);
    return one;
  }

  async #one(numbered: NumberedStep): Promise<unknown> {
    const { clock } = this.#run.ports;
    const begun: Begun = { ...numbered, count: this.#count(), since: clock.monotonicMs() };
    this.#underWay.add(begun);
    let error: unknown;
    try {
      await runStep(this.#run, begun.step, begun.count);
    } catch (failure) {
      error = failure;
    }
    this.#underWay.delete(begun);
    this.#taken.push({ ...begun, ms: clock.monotonicMs() - begun.since, error });
    return error;
  }
}

const byPlan = (one: NumberedStep, other: NumberedStep): number => one.index - other.index;
