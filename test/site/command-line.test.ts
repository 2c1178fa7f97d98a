import { expect, test } from 'vitest';
import { splitWords } from '../../src/site/command-line.ts';

test.each([
  ['bin/console cache:warmup', ['bin/console', 'cache:warmup']],
  ['  a \t b  ', ['a', 'b']],
  ['', []],
  [`sh -c "a; b" 'c d'`, ['sh', '-c', 'a; b', 'c d']],
  [`--x="a b"'c d'e`, ['--x=a bc de']],
  ['""', ['']],
  [`it\\'s a\\ b "\\"q\\"" '\\''`, ["it's", 'a b', '"q"', "'"]],
  ['a\\tb\\nc\\sd', ['a\tb\nc d']],
  ['$HOME %i', ['$HOME', '%i']],
])('%j has these words', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test.each([`sh -c 'a`, '"a', 'a"', 'a\\', `"a' b`])('%j has no end', text => {
  expect(splitWords(text)).toBeUndefined();
});
