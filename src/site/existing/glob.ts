/** Whether a name fits a pattern of glob(7), of one directory's names. Each `*` takes back at most once through the name. */
export const fitsGlob = (pattern: string, name: string): boolean => {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let [at, in_] = [0, 0];
  let star: { readonly pattern: number; readonly name: number } | undefined;
  while (in_ < name.length) {
    const one = oneAt(pattern, at);
    if (pattern[at] === '*') star = { pattern: ++at, name: in_ };
    else if (one?.fits(name[in_] ?? '')) [at, in_] = [one.end, in_ + 1];
    else if (star === undefined) return false;
    else {
      star = { pattern: star.pattern, name: star.name + 1 };
      [at, in_] = [star.pattern, star.name];
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
};

/** As `fitsGlob`, of paths: nothing stands for a slash. */
export const fitsGlobPath = (pattern: string, path: string): boolean => {
  const [parts, names] = [pattern.split('/'), path.split('/')];
  return parts.length === names.length && parts.every((part, index) => fitsGlob(part, names[index] ?? ''));
};

export const isGlob = (text: string): boolean => /[*?[]/.test(text);

interface One {
  readonly end: number;
  readonly fits: (character: string) => boolean;
}

/** What stands for one character at this place of the pattern. */
const oneAt = (pattern: string, at: number): One | undefined => {
  const character = pattern[at];
  if (character === undefined) return undefined;
  if (character === '?') return { end: at + 1, fits: () => true };
  const end = character === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (end === -1) return { end: at + 1, fits: found => found === character };
  const isNot = /[!^]/.test(pattern[at + 1] ?? '');
  const set = pattern.slice(at + (isNot ? 2 : 1), end);
  return { end: end + 1, fits: found => isIn(set, found) !== isNot };
};

const isIn = (set: string, character: string): boolean => {
  for (let index = 0; index < set.length; index++) {
    const first = set[index] ?? '';
    const last = set[index + 1] === '-' && index + 2 < set.length ? (set[index + 2] ?? '') : first;
    if (first <= character && character <= last) return true;
    if (last !== first) index += 2;
  }
  return false;
};
