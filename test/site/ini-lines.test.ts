import fc from 'fast-check';
import { parse } from 'ini';
import { expect, test } from 'vitest';
import { readIniLines } from '../../src/site/ini-lines.ts';

const read = (text: string) => readIniLines('shop.ini', text);
const values = (text: string) => read(text).entries.map(({ section, key, value, line }) => [section, key, value, line]);
const messages = (text: string) => read(text).problems.map(({ line, message }) => `${line}: ${message}`);

test.each([
  ['a comment, a blank line and white space', '; c\n# c\n\n  [a]  \n\tk\t=\tv\t', [['a', 'k', 'v', 5]]],
  ['no newline at the end', '[a]\nk=v', [['a', 'k', 'v', 2]]],
  [
    'Windows line ends',
    '[a]\r\nk = v\r\n\r\nl = w\r\n',
    [
      ['a', 'k', 'v', 2],
      ['a', 'l', 'w', 4],
    ],
  ],
  ['a byte order mark', '\uFEFF[a]\nk = v', [['a', 'k', 'v', 2]]],
  ['a value with =', '[a]\nk = a=b==c', [['a', 'k', 'a=b==c', 2]]],
  ['a key before any section', 'k = v', [[undefined, 'k', 'v', 1]]],
  ['an empty value', '[a]\nk =', [['a', 'k', '', 2]]],
  [
    'names that mean something to JavaScript',
    '[__proto__]\n__proto__ = 1\nconstructor = 2',
    [
      ['__proto__', '__proto__', '1', 2],
      ['__proto__', 'constructor', '2', 3],
    ],
  ],
  [
    'names that ini would nest',
    '[a.b]\nc[d.e] = 1\nf[] = 2',
    [
      ['a.b', 'c[d.e]', '1', 2],
      ['a.b', 'f[]', '2', 3],
    ],
  ],
  [
    'words that ini would turn into something else',
    "[a]\nk = true\nl = null\nm = '8.20'\nn = '{}'",
    [
      ['a', 'k', 'true', 2],
      ['a', 'l', 'null', 3],
      ['a', 'm', '8.20', 4],
      ['a', 'n', '{}', 5],
    ],
  ],
  ['single quotes as they are written', `[a]\nk = '^\\d+#"; $'`, [['a', 'k', '^\\d+#"; $', 2]]],
  ['double quotes as JSON', '[a]\nk = "a\\"b;c\\\\d \\u00e4"', [['a', 'k', 'a"b;c\\d ä', 2]]],
  ['escaped signs of a comment', '[a]\nk = a\\;b\\#c\\\\d', [['a', 'k', 'a;b#c\\d', 2]]],
  ['a backslash before another letter', '[a]\nk = ^\\d+$', [['a', 'k', '^\\d+$', 2]]],
  ['quotes inside a value', '[a]\nk = say "hi"', [['a', 'k', 'say "hi"', 2]]],
])('it reads %s', (_, text, expected) => {
  expect(values(text)).toEqual(expected);
  expect(messages(text)).toEqual([]);
});

const cut = (sign: string) =>
  `'k' has a '${sign}' in its value: put the value in single quotes if it belongs there; a comment needs a line of its own`;
const half = (mark: string) =>
  `'k' begins with ${mark} and does not end with it: quote the whole value; a comment needs a line of its own`;
const json = "'k' has a backslash or a quote that double quotes cannot hold: put the value in single quotes";
const control = "'k' holds a control character: take it out";

test.each([
  ['[a]\nk = ^a#b', `2: ${cut('#')}`],
  ['[a]\nk = 8 ; eight', `2: ${cut(';')}`],
  ['[a]\nk = a\\\\;b', `2: ${cut(';')}`],
  ['[a]\nk = "a" ; b', `2: ${half('"')}`],
  ["[a]\nk = '", `2: ${half("'")}`],
  ['[a]\nk = "^\\d"', `2: ${json}`],
  ['[a]\nk = "a"b"', `2: ${json}`],
  ['[a]\nk = a\tb', `2: ${control}`],
  ['[a]\nk = "a\\nb"', `2: ${control}`],
  ['[a]\nk = a\rb', `2: ${control}`],
  ['[a]\nrelease /srv', "2: 'release /srv' is neither a section, a key nor a comment: write KEY = VALUE"],
  ['[a]\n= v', "2: '= v' is neither a section, a key nor a comment: write KEY = VALUE"],
  ['[a]\n\u0007 = v', "2: '? = v' is neither a section, a key nor a comment: write KEY = VALUE"],
  ['x'.repeat(80), `1: '${'x'.repeat(37)}...' is neither a section, a key nor a comment: write KEY = VALUE`],
  ['[site', "1: '[site' is no section: write [site] alone on its line"],
  ['[site] ; c', "1: '[site] ; c' is no section: write [site] alone on its line"],
  ['[]]', "1: '[]]' is no section: write [NAME] alone on its line"],
])('%j is a problem', (text, message) => {
  expect(messages(text)).toEqual([message]);
});

test('a broken header begins its section all the same', () => {
  const { headers, entries } = read('[a]\n[site\nuser = shop');
  expect(headers).toEqual([
    { name: 'a', line: 1, isBroken: false },
    { name: 'site', line: 2, isBroken: true },
  ]);
  expect(entries).toEqual([{ section: 'site', key: 'user', value: 'shop', line: 3, isGarbage: false }]);
});

test('the first word of a line without = is the key that was meant', () => {
  const { entries } = read('[site]\nuser: shop');
  expect(entries).toEqual([{ section: 'site', key: 'user', value: undefined, line: 2, isGarbage: true }]);
});

test('where ini says something about a plain file, it says the same', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter(text => !['true', 'false', 'null'].includes(text));
  const value = fc
    .stringMatching(/^[A-Za-z0-9/=:.$ \\"'-]{0,20}$/)
    .filter(text => !/^\s*["']|^\s*(true|false|null)?\s*$/.test(text));
  const section = fc.dictionary(word, value, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.dictionary(word, section, { noNullPrototype: true }), file => {
      const lines = Object.entries(file).flatMap(([name, keys]) => [
        `[${name}]`,
        ...Object.entries(keys).map(([key, text]) => `${key} = ${text}`),
      ]);
      const text = lines.join('\n');
      const theirs = Object.entries<Record<string, string>>(parse(text)).flatMap(([name, keys]) =>
        Object.entries(keys).map(([key, found]) => [name, key, found]),
      );
      expect(values(text).map(entry => entry.slice(0, 3))).toEqual(theirs);
    }),
  );
});
