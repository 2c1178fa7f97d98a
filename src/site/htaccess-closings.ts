import { type Below, closedPathsOf, tidied } from './closed-paths.ts';
import { ANY, BEGIN, END } from './closing-words.ts';
import type { Section } from './htaccess-sections.ts';

/** What closes: mod_rewrite, mod_alias, those of who may come in, or those that say who handles a file, which keep a script from PHP. */
export type ClosedBy = 'rewrite' | 'alias' | 'access' | 'handler';

/** What a .htaccess keeps from some or all. */
export interface Closing {
  readonly line: number;
  readonly by: ClosedBy;
  /** The words for `closed` in [web] that say the same; undefined where none do, as it is open to some or in another form. */
  readonly paths: readonly string[] | undefined;
  /** Whether it may as well make an address of the application's out of what is not there. */
  readonly isMaybeRoute: boolean;
}

/** What a section says of files by their names, as `wordsOf` has these; undefined where no words say which. */
export interface Judged {
  /** The first line that closes; undefined where none does. */
  readonly line: number | undefined;
  readonly closed: readonly string[] | undefined;
  readonly opened: readonly string[] | undefined;
}

/** What a later section opens again is in no words. `judge` gives nothing for a section that says nothing of it. */
export const closingsOf = (
  sections: readonly Section[],
  below: Below,
  by: ClosedBy,
  judge: (section: Section) => Judged | undefined,
): readonly Closing[] => {
  const later = new Names();
  return [...sections].reverse().flatMap(section => {
    const judged = judge(section);
    if (judged === undefined) return [];
    const { line, closed, opened } = judged;
    const paths = closed === undefined || later.hasOneOf(closed) ? undefined : pathsOf(closed, below);
    later.add(opened);
    return line === undefined ? [] : [{ line, by, paths, isMaybeRoute: false }];
  });
};

const pathsOf = (names: readonly string[], below: Below): readonly string[] | undefined => {
  if (names.includes('')) return below.directory === '' ? undefined : tidied([below.directory]);
  const words = names.map(name => (name.startsWith(BEGIN + ANY) ? name.slice(1) : name));
  return closedPathsOf(
    words.flatMap(word => (word.startsWith(BEGIN) ? [word, `/${word.slice(1)}`] : [word])),
    below,
  );
};

/** Names of files, of which those that may find the same file are told in one look. */
class Names {
  readonly #whole = new Set<string>();
  readonly #endings = new Set<string>();
  readonly #endingsOfMany = new Set<string>();
  #isAny = false;
  #isOfAnyEnding = false;

  add(names: readonly string[] | undefined): void {
    if (names === undefined || names.length > 0) this.#isAny = true;
    for (const { whole, ending } of (names ?? ['']).map(partsOf)) {
      if (ending === undefined) this.#isOfAnyEnding = true;
      else this.#endings.add(ending);
      if (whole !== undefined) this.#whole.add(whole);
      else if (ending !== undefined) this.#endingsOfMany.add(ending);
    }
  }

  hasOneOf(names: readonly string[]): boolean {
    return names.map(partsOf).some(({ whole, ending }) => {
      if (this.#isOfAnyEnding || ending === undefined) return this.#isAny;
      if (whole === undefined) return this.#endings.has(ending);
      return this.#whole.has(whole) || this.#endingsOfMany.has(ending);
    });
  }
}

/** `whole` where it is one name, and what stands behind its last dot where that is the same for all that it finds. */
const partsOf = (name: string): { readonly whole?: string; readonly ending?: string } => {
  if (!name.endsWith(END)) return {};
  const inside = name.slice(0, -1);
  const ending = inside.slice(inside.lastIndexOf('.') + 1);
  if (inside.startsWith(BEGIN) && !inside.includes(ANY)) return { whole: inside, ending };
  return inside.includes('.') && !ending.includes(ANY) ? { ending } : {};
};
