/** A terminal that can be drawn on. A pipe is none, nor is one that can do nothing (`TERM=dumb`). */
export interface Terminal {
  /** As it is now. Each at least 1. */
  size(): { readonly columns: number; readonly rows: number };
  /** Colours are wanted: NO_COLOR is not set (https://no-color.org). */
  readonly hasColour: boolean;
  /** Calls after each change of the size; what it gives back ends that. */
  onResize(listener: () => void): () => void;
}
