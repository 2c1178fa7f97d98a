const LEAST_ROOM = 4096;

/** What a stream has brought and nobody has taken yet. What is taken stays as it is: nothing is written over it. */
export class Pieces {
  #room: Buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  /** Takes time and memory by what has come, however small the pieces are, and whatever was announced. */
  add(piece: Buffer): void {
    if (this.length === 0) {
      this.#room = piece;
      this.#from = 0;
      this.#to = piece.length;
      return;
    }
    if (this.#room.length - this.#to < piece.length) this.#grow(this.length + piece.length);
    this.#to += piece.copy(this.#room, this.#to);
  }

  /** What lies first; less than `length` where there is no more. */
  first(length = this.length): Buffer {
    return this.#room.subarray(this.#from, Math.min(this.#from + length, this.#to));
  }

  /** The same, which then is taken. */
  take(length: number): Buffer {
    const taken = this.first(length);
    this.#from += taken.length;
    return taken;
  }

  #grow(needed: number): void {
    const room = Buffer.allocUnsafe(Math.max(LEAST_ROOM, needed * 2));
    this.#to = this.first().copy(room);
    this.#from = 0;
    this.#room = room;
  }
}
