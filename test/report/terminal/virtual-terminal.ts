import type { Terminal } from '../../../src/ports/terminal.ts';

/** A line as it was written; the terminal shows it in as many rows as it takes. */
interface Row {
  text: string;
  /** Whether the line above goes on in this row, since it is longer than the terminal is wide. */
  isContinued: boolean;
}

/**
 * As much of a terminal as php-zd draws with. Long lines are broken, and broken anew when the terminal is resized, as most do
 * it.
 */
export class VirtualTerminal implements Terminal {
  readonly hasColour = false;
  #columns: number;
  #height: number;
  #rows: Row[] = [{ text: '', isContinued: false }];
  #at = 0;
  readonly #listeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#height = rows;
  }

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#columns, rows: this.#height };
  }

  onResize(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  resize(columns: number, rows: number): void {
    const lines = this.#rows.reduce<string[]>((joined, { text, isContinued }) => {
      if (isContinued) joined.push(`${joined.pop() ?? ''}${text}`);
      else joined.push(text);
      return joined;
    }, []);
    [this.#columns, this.#height] = [columns, rows];
    this.#rows = lines.flatMap(line => this.#broken(line));
    // The cursor was below everything.
    this.#at = this.#rows.length - 1;
    for (const listener of this.#listeners) listener();
  }

  write(text: string): void {
    for (const [part] of text.matchAll(PARTS)) this.#take(part);
  }

  /** All lines that were ever shown, those that scrolled away too. */
  lines(): readonly string[] {
    const texts = this.#rows.map(row => row.text);
    return texts.slice(0, texts.findLastIndex(line => line !== '') + 1);
  }

  #take(part: string): void {
    const up = UP.exec(part)?.[1];
    if (up !== undefined) this.#at = Math.max(this.#at - Number(up), this.#rows.length - this.#height, 0);
    else if (part === '\x1b[J') this.#rows.splice(this.#at, this.#rows.length, { text: '', isContinued: false });
    else if (part === '\n') this.#down();
    else if (part !== '\r' && part !== '\x1b[K') this.#put(part);
  }

  #down(): void {
    this.#at += 1;
    if (this.#at === this.#rows.length) this.#rows.push({ text: '', isContinued: false });
  }

  #put(text: string): void {
    const rows = this.#broken(text);
    this.#rows.splice(this.#at, rows.length, ...rows);
    this.#at += rows.length - 1;
  }

  #broken(line: string): readonly Row[] {
    const parts = line === '' ? [''] : (line.match(new RegExp(`.{1,${this.#columns}}`, 'g')) ?? []);
    return parts.map((text, index) => ({ text, isContinued: index > 0 }));
  }
}

const ESC = '\x1b';
/** Escapes, line breaks, and text between them. */
const PARTS = new RegExp(`${ESC}\\[\\d*[A-Za-z]|\\n|\\r|[^${ESC}\\n\\r]+`, 'g');
const UP = new RegExp(`^${ESC}\\[(\\d+)A$`);
