/** Between events and one who waits for them: rings are not counted, and one that came too early is not lost. */
export class Bell {
  #isRung = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** There will be no more rings. */
  break(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  /** Resolves when it was rung since the last time, rejects when it is broken. */
  async heard(): Promise<void> {
    while (!this.#isRung && !this.#failure) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure.error;
    this.#isRung = false;
  }
}
