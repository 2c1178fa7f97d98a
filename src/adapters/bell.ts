/** Lets one caller wait for events. Rings are not counted, and a ring that comes before the caller waits is not lost. */
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

  /** Resolves once the bell was rung since `heard` last resolved; rejects once it is broken. */
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
