import type { Allowance } from './allowance.ts';
import { BEGIN, END, wordsOf } from './closing-words.ts';

export interface Directive {
  readonly line: number;
  readonly name: string;
  readonly args: readonly string[];
}

/** Directives of one scope; the first is what stands outside of any. Of some methods alone is none. */
export interface Section {
  /** What it finds in the name of a file, of the directory and deeper, as `wordsOf` has it; undefined where no words say that. */
  readonly names: readonly string[] | undefined;
  readonly directives: readonly Directive[];
}

/** More is no text that anybody wrote. */
const MOST_LINES = 5_000;
const MOST_LINE = 4_096;

export const directivesIn = (text: string): readonly Directive[] => {
  const directives: Directive[] = [];
  let begun = '';
  for (const [at, written] of text.split('\n', MOST_LINES).entries()) {
    const trimmed = begun + written.trim();
    begun = '';
    if (trimmed.length > MOST_LINE) continue;
    if (trimmed.endsWith('\\')) {
      begun = `${trimmed.slice(0, -1)} `;
      continue;
    }
    const [name = '', ...args] = wordsIn(trimmed.startsWith('<') ? trimmed.replace(/>$/, '') : trimmed);
    if (name !== '' && !name.startsWith('#')) directives.push({ line: at + 1, name: name.toLowerCase(), args });
  }
  return directives;
};

/** Words, and texts in quotes, in which a backslash before a quote is none of the text. */
const wordsIn = (line: string): readonly string[] => {
  const words: string[] = [];
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ' ' || line[at] === '\t') continue;
    const quote = line[at] === '"' || line[at] === "'" ? line[at] : undefined;
    let word = '';
    if (quote !== undefined) at++;
    for (; at < line.length; at++) {
      const letter = line[at] ?? '';
      if (quote === undefined ? letter === ' ' || letter === '\t' : letter === quote) break;
      if (letter === '\\' && line[at + 1] === quote) at++;
      word += line[at];
    }
    words.push(word);
  }
  return words;
};

const SCOPES: readonly string[] = ['<files', '<filesmatch', '<if', '<limit', '<limitexcept', '<else', '<elseif'];

/** In the order in which Apache lets a later one win. */
export const sectionsOf = (directives: readonly Directive[], allowance: Allowance): readonly Section[] => {
  const begin = (names: Section['names']) => ({ names, directives: [] as Directive[] });
  const whole = begin(['']);
  const all = [whole];
  const within = [whole];
  for (const directive of directives) {
    if (SCOPES.includes(directive.name)) {
      const section = begin(namesOf(directive, allowance));
      within.push(section);
      if (!directive.name.startsWith('<limit')) all.push(section);
    } else if (directive.name.startsWith('</') && SCOPES.includes(directive.name.replace('/', ''))) {
      if (within.length > 1) within.pop();
    } else within.at(-1)?.directives.push(directive);
  }
  return all;
};

const namesOf = ({ name, args: [first = '', second = ''] }: Directive, allowance: Allowance): Section['names'] => {
  if (!name.startsWith('<files')) return undefined;
  if (name === '<filesmatch' || first === '~') return wordsOf(first === '~' ? second : first, allowance);
  return /[?[\]^$]/.test(first) ? undefined : [`${BEGIN}${first}${END}`];
};
