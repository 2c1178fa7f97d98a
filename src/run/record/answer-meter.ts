import type { Balancer, ServerAnswers } from '../../ports/balancer.ts';

type Reading = Awaited<ReturnType<Balancer['serverAnswers']>>;

const NO_ANSWERS: ServerAnswers = { answers: 0, failed: 0, ms: 0, squares: 0 };

/**
 * What servers have answered since each was read first, over all workers of HAProxy that were seen: what a former one counted after its
 * last reading is lost.
 */
export class AnswerMeter {
  readonly #sums = new Map<string, ServerAnswers>();
  readonly #last = new Map<string, ServerAnswers>();
  #worker: number | undefined;

  read({ worker, answers }: Reading): void {
    if (worker !== this.#worker) {
      // Its counts began at 0 meanwhile.
      for (const server of this.#last.keys()) this.#last.set(server, NO_ANSWERS);
      this.#worker = worker;
    }
    for (const [server, now] of answers) {
      const grown = minus(now, this.#last.get(server) ?? now);
      this.#sums.set(server, plus(this.#sums.get(server) ?? NO_ANSWERS, grown));
      this.#last.set(server, now);
    }
  }

  /** Of all these slots together. */
  of(slots: readonly number[]): ServerAnswers {
    return slots.map(slot => this.#sums.get(String(slot)) ?? NO_ANSWERS).reduce(plus, NO_ANSWERS);
  }
}

const plus = (one: ServerAnswers, other: ServerAnswers): ServerAnswers => ({
  answers: one.answers + other.answers,
  failed: one.failed + other.failed,
  ms: one.ms + other.ms,
  squares: one.squares + other.squares,
});

export const minus = (one: ServerAnswers, other: ServerAnswers): ServerAnswers => ({
  answers: one.answers - other.answers,
  failed: one.failed - other.failed,
  ms: one.ms - other.ms,
  squares: one.squares - other.squares,
});
