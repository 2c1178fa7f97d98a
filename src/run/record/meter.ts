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
import type { LastRoll } from './last-roll.ts';

/** Counts along with a roll, from its first process to its second. */
export class Meter {
  #count: Count | undefined;
  #phases: Phases;

  /** Without a reading at the beginning nothing is counted. */
  constructor(first: BackendTotals | undefined, phases: Phases = {}) {
    this.#count = first === undefined ? undefined : beginCount(first);
    this.#phases = phases;
  }

  /** Goes on where the roll's record leaves off. */
  static of({ count, phases }: LastRoll): Meter {
    const meter = new Meter(undefined, phases);
    meter.#count = count;
    return meter;
  }

  add(phase: Phase, ms: number, totals: BackendTotals | undefined): void {
    this.read(totals);
    this.#phases = { ...this.#phases, [phase]: (this.#phases[phase] ?? 0) + ms };
  }

  read(totals: BackendTotals | undefined): void {
    if (this.#count !== undefined) this.#count = addReading(this.#count, totals);
  }

  /** For the roll's record. */
  record(): Pick<LastRoll, 'count' | 'phases'> {
    return { ...(this.#count !== undefined && { count: this.#count }), phases: this.#phases };
  }

  /**
   * `ms` is by the wall clock, the one that two processes share: when that was set back meanwhile, the phases know that it was
   * longer.
   */
  receipt(ms: number): Receipt {
    const phasesMs = Object.values(this.#phases).reduce((sum, phaseMs) => sum + phaseMs, 0);
    return makeReceipt(this.#count, Math.max(ms, phasesMs), this.#phases);
  }
}
