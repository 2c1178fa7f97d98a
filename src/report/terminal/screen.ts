import type { Terminal } from '../../ports/terminal.ts';
import { ERASE_BELOW, ESC, overwrite, up } from './escapes.ts';

/** The last lines of a terminal, drawn anew in their place. The cursor stands below them. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];
  #columns = 0;

  constructor(write: (text: string) => void, terminal: Terminal) {
    this.#write = write;
    this.#terminal = terminal;
  }

  /** Draws the lines, unless the same lines stand there already. */
  draw(lines: readonly string[]): void {
    const { columns } = this.#terminal.size();
    const isSame = columns === this.#columns && lines.join('\n') === this.#drawn.join('\n');
    if (isSame) return;
    this.#write(`${this.#home()}${overwrite(lines)}`);
    this.#drawn = lines;
    this.#columns = columns;
  }

  /** Writes a text above the drawn lines, where it stays. */
  sayAbove(text: string): void {
    const drawn = this.#drawn;
    this.#write(`${this.#home()}${ERASE_BELOW}${text}\n`);
    this.#drawn = [];
    this.draw(drawn);
  }

  /**
   * Moves the cursor to the first drawn line. Most terminals that become narrower break lines that no longer fit; lines that
   * such a terminal has pushed out at its top stay there.
   */
  #home(): string {
    const { columns, rows } = this.#terminal.size();
    const taken = this.#drawn.map(line => Math.max(1, Math.ceil(widthOf(line) / columns)));
    return `\r${up(
      Math.min(
        rows - 1,
        taken.reduce((sum, lines) => sum + lines, 0),
      ),
    )}`;
  }
}

/** The width of a line. Colours take no room, and all other characters are printable ASCII. */
const widthOf = (line: string): number => line.replaceAll(SGR, '').length;
const SGR = new RegExp(`${ESC}\\[\\d+m`, 'g');
