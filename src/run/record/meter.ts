import type { BackendTotals } from '../../ports/balancer.ts';
import {
  addReading,
  beginCount,
  type Count,
  makeReceipt,
  type Phase,
  type Phases,
  type Receipt,
} from '../receipt/receipt.ts';
import type { Emit } from '../site/events.ts';
import type { LastRoll } from './last-roll.ts';

/** Counts what a roll costs, in the roll's process and then in the settle's. */
export class Meter {
  #count: Count | undefined;
  #phases: Phases;
  #killed = 0;

  /** `first` is the reading at the beginning; without it nothing is counted. */
  constructor(first: BackendTotals | undefined, phases: Phases = {}) {
    this.#count = first === undefined ? undefined : beginCount(first);
    this.#phases = phases;
  }

  /** A meter that goes on from the roll's record. */
  static of({ count, phases, killed = 0 }: LastRoll): Meter {
    const meter = new Meter(undefined, phases);
    meter.#count = count;
    meter.#killed = killed;
    return meter;
  }

  add(phase: Phase, ms: number, totals: BackendTotals | undefined): void {
    this.read(totals);
    this.#phases = { ...this.#phases, [phase]: (this.#phases[phase] ?? 0) + ms };
  }

  read(totals: BackendTotals | undefined): void {
    if (this.#count !== undefined) this.#count = addReading(this.#count, totals);
  }

  /** Takes events as they come, and hands them on. */
  listen(emit: Emit): Emit {
    return event => {
      if (event.kind === 'killed') this.#killed += event.processes?.length ?? 0;
      emit(event);
    };
  }

  /** What the roll's record keeps of the meter. */
  record(): Pick<LastRoll, 'count' | 'phases' | 'killed'> {
    return {
      ...(this.#count !== undefined && { count: this.#count }),
      phases: this.#phases,
      ...(this.#killed > 0 && { killed: this.#killed }),
    };
  }

  /**
   * The receipt. `ms` is by the wall clock, which the roll's process and the settle's share. When that clock was set back
   * meanwhile, the sum of the phases is longer, and counts.
   */
  receipt(ms: number): Receipt {
    const phasesMs = Object.values(this.#phases).reduce((sum, phaseMs) => sum + phaseMs, 0);
    const receipt = makeReceipt(this.#count, Math.max(ms, phasesMs), this.#phases);
    return this.#killed === 0 ? receipt : { ...receipt, killedProcesses: this.#killed };
  }
}
