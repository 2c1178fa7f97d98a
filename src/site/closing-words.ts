import { Allowance } from './allowance.ts';

/** More texts than this stand for no few paths. */
const MOST_WORDS = 256;
/** Of all texts of one expression together, where it counts for itself. */
const MOST_LETTERS = 100_000;
/** Groups within groups. */
const MOST_DEPTH = 8;

/** What stands for any text, for the begin and for the end, among the characters of a word. */
export const ANY = '*';
export const BEGIN = '^';
export const END = '$';

class Reader {
  readonly #text: string;
  readonly #allowance: Allowance;
  #at = 0;

  constructor(text: string, allowance: Allowance) {
    this.#text = text;
    this.#allowance = allowance;
  }

  get next(): string {
    return this.#text[this.#at] ?? '';
  }

  /** A letter in either case, as in `[Pp]`, behind the bracket. */
  takeEitherCase(): readonly string[] | undefined {
    const [first = '', second = '', end] = this.#text.slice(this.#at, this.#at + 3);
    if (end !== ']' || first === second || first.toLowerCase() !== second.toLowerCase()) return undefined;
    this.#at += 3;
    return [first, second];
  }

  /** Whether the text goes on with this, which is read then. */
  takes(begin: string): boolean {
    const isThere = this.#text.startsWith(begin, this.#at);
    if (isThere) this.#at += begin.length;
    return isThere;
  }

  take(): string {
    const taken = this.next;
    this.#at += taken.length;
    return taken;
  }

  /** Each of the words with each of the parts behind it; undefined where that is too much. */
  joins(words: readonly string[], parts: readonly string[]): readonly string[] | undefined {
    if (words.length * parts.length > MOST_WORDS) return undefined;
    const [only = ''] = parts;
    // To put one part behind a word costs as much as that part, however long the word is.
    if (parts.length === 1) {
      return this.#allowance.takes(words.length * (only.length + 1)) ? words.map(word => word + only) : undefined;
    }
    return this.#allowance.takes(words.length * lettersOf(parts) + parts.length * lettersOf(words))
      ? words.flatMap(word => parts.map(part => word + part))
      : undefined;
  }
}

const lettersOf = (words: readonly string[]): number => words.reduce((sum, word) => sum + word.length + 1, 0);

/**
 * The texts that a regular expression finds: each with its letters, BEGIN and END where it has them, and ANY for whatever may stand
 * between. Undefined for an expression that is of another kind than people write to close paths. What a lookahead leaves out is in them.
 * The expression is not run: whoever may write a .htaccess chose it. Undefined too where it stands for more than the allowance has.
 */
export const wordsOf = (
  pattern: string,
  allowance: Allowance = new Allowance(MOST_LETTERS),
): readonly string[] | undefined => {
  const reader = new Reader(pattern, allowance);
  const words = alternatives(reader, 0);
  return words === undefined || reader.next !== '' ? undefined : [...new Set(words)];
};

const alternatives = (reader: Reader, depth: number): readonly string[] | undefined => {
  if (depth > MOST_DEPTH) return undefined;
  const all: string[] = [];
  do {
    const words = sequence(reader, depth);
    if (words === undefined || all.length + words.length > MOST_WORDS) return undefined;
    all.push(...words);
  } while (reader.takes('|'));
  return all;
};

const sequence = (reader: Reader, depth: number): readonly string[] | undefined => {
  let words: readonly string[] | undefined = [''];
  while (words !== undefined && reader.next !== '' && reader.next !== '|' && reader.next !== ')') {
    const parts = repeated(reader, atom(reader, depth));
    words = parts && reader.joins(words, parts);
  }
  return words;
};

/** One character of several, whichever; and a dot that is not escaped. */
const ONE = '?';
const DOT = '?.';

const atom = (reader: Reader, depth: number): readonly string[] | undefined => {
  if (reader.takes('(?!') || reader.takes('(?=')) return inGroup(reader, depth) && [''];
  if (reader.takes('(?i)')) return [''];
  if (reader.takes('(?:') || reader.takes('(?i:') || reader.takes('('))
    return reader.next === '?' ? undefined : inGroup(reader, depth);
  const taken = reader.take();
  if (taken === '[') return reader.takeEitherCase() ?? classOf(reader);
  if (taken === '\\') {
    const escaped = reader.take();
    if (/[dws]/i.test(escaped)) return [ONE];
    return /[a-z0-9]/i.test(escaped) || escaped === '' ? undefined : literal(escaped);
  }
  if (taken === '^' || taken === '$') return [taken];
  if (taken === '.') return [DOT];
  return /[*+?{}]/.test(taken) ? undefined : literal(taken);
};

const inGroup = (reader: Reader, depth: number): readonly string[] | undefined => {
  const words = alternatives(reader, depth + 1);
  return reader.takes(')') ? words : undefined;
};

/** A letter that means something else in a word is in no path that a site file could name. */
const literal = (letter: string): readonly string[] | undefined => (/[*?^$]/.test(letter) ? undefined : [letter]);

const classOf = (reader: Reader): readonly string[] | undefined => {
  reader.takes('^');
  reader.takes(']');
  for (let taken = reader.take(); taken !== ''; taken = reader.take()) {
    if (taken === ']') return [ONE];
    if (taken === '\\') reader.take();
  }
  return undefined;
};

/** What an atom and what says how often it comes stand for. A dot alone is what people write for a dot. */
const repeated = (reader: Reader, found: readonly string[] | undefined): readonly string[] | undefined => {
  if (found === undefined) return undefined;
  const [only = ''] = found.length === 1 ? found : [];
  const sign = ['*', '+', '?'].find(each => reader.takes(each));
  if (sign !== undefined && !reader.takes('?')) reader.takes('+');
  if (reader.next === '{') return undefined;
  if (only === ONE || only === DOT) {
    if (sign === undefined) return only === DOT ? ['.'] : undefined;
    return sign === '?' ? ['', ANY] : [ANY];
  }
  if (sign === undefined) return found;
  if (sign === '?') return ['', ...found];
  if (only !== '/' && only !== ANY) return undefined;
  return sign === '+' || only === ANY ? found : ['', only];
};
