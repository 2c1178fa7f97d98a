import type { Terminal } from '../../ports/terminal.ts';
import { Drawing } from './drawing.ts';

/** The last lines of a terminal, drawn anew in their place. The cursor stands below them. */
export class Screen {
  readonly #write: (drawing: Drawing) => void;
  readonly #terminal: Terminal;
  #drawn: readonly Drawing[] = [];
  #columns = 0;

  constructor(write: (drawing: Drawing) => void, terminal: Terminal) {
    this.#write = write;
    this.#terminal = terminal;
  }

  /** Draws the lines, unless the same lines stand there already. */
  draw(lines: readonly Drawing[]): void {
    const { columns } = this.#terminal.size();
    const isSame = columns === this.#columns && lines.join('\n') === this.#drawn.join('\n');
    if (isSame) return;
    this.#write(Drawing.join(this.#home(), Drawing.overwrite(lines)));
    this.#drawn = lines;
    this.#columns = columns;
  }

  /** Writes a text above the drawn lines, where it stays. */
  sayAbove(text: string): void {
    const drawn = this.#drawn;
    this.#write(Drawing.join(this.#home(), Drawing.eraseBelow, Drawing.text(`${text}\n`)));
    this.#drawn = [];
    this.draw(drawn);
  }

  /**
   * Moves the cursor to the first drawn line. Most terminals that become narrower break lines that no longer fit; lines that
   * such a terminal has pushed out at its top stay there.
   */
  #home(): Drawing {
    const { columns, rows } = this.#terminal.size();
    const taken = this.#drawn.map(line => Math.max(1, Math.ceil(line.width / columns)));
    return Drawing.up(
      Math.min(
        rows - 1,
        taken.reduce((sum, lines) => sum + lines, 0),
      ),
    );
  }
}
