import { withoutControls } from '../../base/printable.ts';

const ESC = '\x1b';
/** SGR codes (ECMA-48, 8.3.117): php-zd uses three colours, and a package for them would be one more to trust. */
const COLOURS = { red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof COLOURS;

/**
 * What is sent to a terminal besides text: ECMA-48. Only this class makes escape sequences, and takes those of others out of the
 * text between them, so a drawing cannot hold what a site, a client or a file name said to the terminal. The cursor is never
 * hidden, so that nobody is left without it.
 */
export class Drawing {
  /** Empties the terminal. What stood there scrolls away and is not lost, as with clear(1). */
  static readonly clear = new Drawing(`${ESC}[H${ESC}[2J`);
  /** Moves the cursor to the first line. */
  static readonly top = new Drawing(`${ESC}[H`);
  static readonly eraseBelow = new Drawing(`${ESC}[J`);

  readonly #sequence: string;

  private constructor(sequence: string) {
    this.#sequence = sequence;
  }

  static text(text: string, colour?: Colour): Drawing {
    const shown = withoutControls(text);
    return new Drawing(colour === undefined ? shown : `${ESC}[${COLOURS[colour]}m${shown}${ESC}[39m`);
  }

  static join(...parts: readonly Drawing[]): Drawing {
    return new Drawing(parts.join(''));
  }

  /** Moves the cursor to the begin of a line, so many lines up. */
  static up(lines: number): Drawing {
    return new Drawing(lines === 0 ? '\r' : `\r${ESC}[${lines}A`);
  }

  /** Writes lines from the cursor on over what stands there, and erases what stands below them. */
  static overwrite(lines: readonly Drawing[]): Drawing {
    return new Drawing(`${lines.map(line => `${line}${ESC}[K\n`).join('')}${Drawing.eraseBelow}`);
  }

  /** The width of a line. Colours take no room, and all other characters are printable ASCII. */
  get width(): number {
    return this.#sequence.replaceAll(SGR, '').length;
  }

  toString(): string {
    return this.#sequence;
  }
}

const SGR = new RegExp(`${ESC}\\[\\d{1,3}m`, 'g');
