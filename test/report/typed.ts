import { describeCommandLine } from '../../packaging/command-line.ts';

const verbs = new Map(describeCommandLine().verbs.map(verb => [verb.name, verb]));

/**
 * What php-zd would not take of a command, in a word or two; undefined for one that it takes. Of a text that only begins a command
 * `isWhole` is false: what is missing then may follow.
 */
export const problemOfTyped = (name: string, words: readonly string[], isWhole: boolean): string | undefined => {
  const verb = verbs.get(name);
  if (verb === undefined) return 'no such verb';
  let given = 0;
  const options = new Set<string>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      given += 1;
      continue;
    }
    const option = verb.options.find(({ long }) => long === word);
    if (option === undefined) return `no option ${word}`;
    options.add(word);
    if (!option.value?.isRequired) continue;
    index += 1;
    if (isWhole && index >= words.length) return `${word} without a value`;
  }
  if (given > verb.arguments.length && !verb.arguments.some(({ isVariadic }) => isVariadic))
    return 'too many arguments';
  if (!isWhole) return undefined;
  if (given < verb.arguments.filter(({ isRequired }) => isRequired).length) return 'too few arguments';
  const missing = verb.options.find(({ isMandatory, long }) => isMandatory && !options.has(long));
  return missing && `without ${missing.long}`;
};
