import { expect, test } from 'vitest';
import { readPhpStart } from '../../src/site/php-start.ts';

const INI = '/etc/php/8.4/fpm/php.ini';
const FILES = [
  { file: INI, text: 'memory_limit = 333M\ntrack_errors = 1\n' },
  { file: '/etc/php/8.4/fpm/conf.d/20-x.ini', text: '; x\nextension=nonsuch\nextension=/opt/other.so\n' },
];
const NONE = { unread: [], unloaded: [], warnings: [] };
const NOWHERE = 'in Unknown on line 0';

test('an extension whose file is there and closed is told from one that is not there, by the places of packages and of lines alone', () => {
  const tried = (path: string) =>
    `(tried: ${path} (${path}: cannot open shared object file: Permission denied), x (x: no)) ${NOWHERE}`;
  const inPackage = '/usr/lib/php/20240924/nonsuch.so';
  const unloaded = (said: string) => readPhpStart(said, FILES).unloaded.map(({ name, closed }) => [name, closed]);
  const library = (name: string, path: string) =>
    `PHP Warning:  PHP Startup: Unable to load dynamic library '${name}' ${tried(path)}`;
  expect(unloaded(library('nonsuch', inPackage))).toEqual([['nonsuch', inPackage]]);
  expect(unloaded(library('/opt/other.so', '/opt/other.so'))).toEqual([['other', '/opt/other.so']]);
  expect(unloaded(`PHP Warning:  Failed loading Zend extension 'nonsuch.so' ${tried(inPackage)}`)).toEqual([
    ['nonsuch', inPackage],
  ]);
  const named = 'Failed loading /opt/other.so:  /opt/other.so: cannot open shared object file: Permission denied';
  expect(unloaded(named)).toEqual([['other', '/opt/other.so']]);
  // A site's code may say anything.
  for (const path of ['/etc/shadow', '/usr/lib/php/20240924/../../../../etc/shadow', '/usr/lib/php/20240924/else.so']) {
    expect(unloaded(library('nonsuch', path))).toEqual([['nonsuch', undefined]]);
  }
});

test('what PHP says as it starts is told at the line of the host that it is about', () => {
  const said = [
    `PHP:  syntax error, unexpected BOOL_FALSE in ${INI} on line 64`,
    `[28-Nov-2026 07:55:24] NOTICE: PHP message: PHP Warning:  PHP Startup: Unable to load dynamic library 'nonsuch' (tried: /x (/x: no)) ${NOWHERE}`,
    `PHP Warning:  PHP Startup: Unable to load dynamic library '/opt/other.so' (tried: y) ${NOWHERE}`,
    // Where PHP shows what it says as it starts, it says that twice.
    `Warning: PHP Startup: Unable to load dynamic library 'nonsuch' (tried: /x (/x: no)) ${NOWHERE}`,
    `PHP Warning:  Module "nonsuch" is already loaded ${NOWHERE}`,
    `PHP Warning:  something else ${NOWHERE}`,
    `[28-Nov-2026 07:55:24] NOTICE: configuration file test is successful`,
    'PHP Warning:  Undefined variable $x in /srv/shop/preload.php on line 3',
  ].join('\n');
  expect(readPhpStart(said, FILES)).toEqual({
    unread: [
      {
        ...{ file: INI, line: 64 },
        message: 'PHP cannot read this line, and passes over what follows: syntax error, unexpected BOOL_FALSE',
      },
    ],
    unloaded: [
      { file: '/etc/php/8.4/fpm/conf.d/20-x.ini', line: 2, name: 'nonsuch' },
      { file: '/etc/php/8.4/fpm/conf.d/20-x.ini', line: 3, name: 'other' },
    ],
    warnings: [
      {
        ...{ file: '/etc/php/8.4/fpm/conf.d/20-x.ini', line: 2 },
        message: 'PHP warns as it starts: Module "nonsuch" is already loaded',
      },
      { file: INI, line: 1, message: 'PHP warns as it starts: something else' },
    ],
  });
});

test.each([
  '',
  'PHP:  syntax error, unexpected x',
  'PHP:  syntax error, unexpected x on line 3 in /x',
  'PHP:  syntax error, unexpected x in /x on line y',
  `in Unknown on line 0 Warning: `,
])('of %j nothing is made', said => {
  expect(readPhpStart(said, FILES)).toEqual(NONE);
});

test('much of it takes no time, and none of it moves a cursor', () => {
  const begun = performance.now();
  readPhpStart(`PHP:  syntax error, ${' in / on line '.repeat(200_000)}\n`.repeat(3), FILES);
  readPhpStart(`Warning: Unable to load dynamic library '${'x'.repeat(1_000_000)}\n`.repeat(3), FILES);
  expect(performance.now() - begun).toBeLessThan(1000);
  const said = `PHP:  syntax error, \u001b[2J in /\u001b on line 2\nWarning: Unable to load dynamic library '\u001b' ${NOWHERE}\nWarning: \u001b[2J ${NOWHERE}`;
  expect(JSON.stringify(readPhpStart(said, FILES))).not.toContain('u001b');
});
