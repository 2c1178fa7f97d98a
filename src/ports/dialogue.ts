/** Questions to the person at the terminal. */
export interface Dialogue {
  /**
   * Resolves with the line that was typed, without its end. Undefined once nobody types any more: after the end of input, or
   * ^C.
   */
  ask(question: string): Promise<string | undefined>;
  /** Afterwards the terminal is as it was before the first question. */
  close(): void;
}
