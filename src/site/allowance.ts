/**
 * What may be made of the texts that a site wrote for others to read, in letters: a few that stand for many, as `(a|b)(a|b)(a|b)` does,
 * cost what they stand for. Whoever counts with it leaves off when it is spent, and says so.
 */
export class Allowance {
  #left: number;

  constructor(letters: number) {
    this.#left = letters;
  }

  /** Whether more was asked for than there was. */
  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** Whether there is that much left, which is taken then. */
  takes(letters: number): boolean {
    this.#left -= letters;
    return !this.isSpent;
  }
}
