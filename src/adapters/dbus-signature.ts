/** A type of D-Bus', of which a value is made. */
export interface BusType {
  readonly code: string;
  /** Where a value of it may begin. */
  readonly align: number;
  /** What each value of it takes; 0 where that depends on the value. */
  readonly size: number;
  /** What an array has, or the fields of a structure. */
  readonly inner: readonly BusType[];
  /** How many arrays, structures and variants lie in each other, this one too. */
  readonly depth: number;
}

/** A message is not one of D-Bus, or a larger one than is read. The text goes on after "cannot be read: ". */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** How many arrays, and how many structures, a signature may have in each other (D-Bus specification, Valid Signatures). */
const MOST_OF_A_KIND = 32;

const basic = (code: string, align: number, size: number): BusType => ({ code, align, size, inner: [], depth: 0 });
/** All but `h`: descriptors come only where both sides agreed on them, and php-zd does not ask for any. */
const BASIC: ReadonlyMap<string, BusType> = new Map(
  [
    ...[basic('y', 1, 1), basic('b', 4, 4), basic('n', 2, 2), basic('q', 2, 2), basic('i', 4, 4), basic('u', 4, 4)],
    ...[basic('x', 8, 8), basic('t', 8, 8), basic('d', 8, 8), basic('s', 4, 0), basic('o', 4, 0), basic('g', 1, 0)],
  ].map(type => [type.code, type]),
);
const VARIANT: BusType = { code: 'v', align: 1, size: 0, inner: [], depth: 1 };

/** What was parsed before: systemd has some dozens of signatures, and says them again and again. */
const parsed = new Map<string, readonly BusType[]>([...BASIC.values(), VARIANT].map(type => [type.code, [type]]));
const MOST_PARSED = 200;

/** The types that a signature names, which bus and systemd are not trusted to have made well; `Unreadable` for none. */
export const parseSignature = (text: string): readonly BusType[] => {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const parser = new Parser(text);
  const types: BusType[] = [];
  while (!parser.isAtEnd()) types.push(parser.next(0, 0));
  if (parsed.size < MOST_PARSED) parsed.set(text, types);
  return types;
};

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  next(arrays: number, structures: number): BusType {
    const code = this.#text.charAt(this.#at);
    this.#at += 1;
    if (code === 'v') return VARIANT;
    if (code === 'a') return this.#array(arrays + 1, structures);
    if (code === '(') return this.#structure(arrays, structures + 1);
    return BASIC.get(code) ?? this.#wrong();
  }

  #array(arrays: number, structures: number): BusType {
    if (arrays > MOST_OF_A_KIND) this.#wrong();
    const isDictionary = this.#text.charAt(this.#at) === '{';
    const element = isDictionary ? this.#entry(arrays, structures + 1) : this.next(arrays, structures);
    return { code: 'a', align: 4, size: 0, inner: [element], depth: element.depth + 1 };
  }

  #structure(arrays: number, structures: number): BusType {
    if (structures > MOST_OF_A_KIND) this.#wrong();
    const inner: BusType[] = [];
    while (this.#text.charAt(this.#at) !== ')') inner.push(this.next(arrays, structures));
    this.#at += 1;
    // A value without any byte: an array of a few bytes could have any number of them.
    if (inner.length === 0) this.#wrong();
    return { code: '(', align: 8, size: 0, inner, depth: Math.max(...inner.map(type => type.depth)) + 1 };
  }

  #entry(arrays: number, structures: number): BusType {
    if (structures > MOST_OF_A_KIND) this.#wrong();
    this.#at += 1;
    const key = this.next(arrays, structures);
    if (!BASIC.has(key.code)) this.#wrong();
    const value = this.next(arrays, structures);
    if (this.#text.charAt(this.#at) !== '}') this.#wrong();
    this.#at += 1;
    return { code: '{', align: 8, size: 0, inner: [key, value], depth: value.depth + 1 };
  }

  #wrong(): never {
    throw new Unreadable(`'${this.#text}' is no signature`);
  }
}
