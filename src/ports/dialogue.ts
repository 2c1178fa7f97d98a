/** Questions to whoever sits at the terminal. */
export interface Dialogue {
  /** The line that was typed, without its end. Undefined from the moment on that there is nobody: end of input, or ^C. */
  ask(question: string): Promise<string | undefined>;
  /** The terminal is as it was before. */
  close(): void;
}
