/** A terminal that can be drawn on. A pipe is none, nor is one that can do nothing (`TERM=dumb`). */
export interface Terminal {
  /** The terminal's size now. Each number is at least 1. */
  size(): { readonly columns: number; readonly rows: number };
  /** Colours are wanted: NO_COLOR is not set (https://no-color.org). */
  readonly hasColour: boolean;
  /** Calls the listener after each change of the size, until the function that this gives back is called. */
  onResize(listener: () => void): () => void;
}
