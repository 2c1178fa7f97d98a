/** Bytes in one piece that doubles as it fills: a part costs no more than its bytes, however small it is. */
export class Kept {
  readonly #most: number;
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** There was more than is kept. */
  isCut = false;

  constructor(most: number) {
    this.#most = most;
  }

  add(part: Buffer): void {
    const taken = Math.min(part.length, this.#most - this.#length);
    if (taken < part.length) this.isCut = true;
    const needed = this.#length + taken;
    if (needed > this.#bytes.length) {
      const grown = Buffer.alloc(Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length)));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    part.copy(this.#bytes, this.#length, 0, taken);
    this.#length = needed;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
