import { expect, test } from 'vitest';
import { errorLevelProblem, isExpression } from '../../src/site/php-expressions.ts';

// What parse_ini_string() of PHP 8.2 makes a number of in its normal mode.
test.each([
  ...[
    'E_ALL',
    '(E_ALL)',
    '!E_ALL',
    'E_ALL & ~(E_NOTICE | E_DEPRECATED)',
    '~E_NOTICE&E_ALL',
    '( E_ALL & ~ ( E_NOTICE ) )',
  ],
  ...['32767 & ~8', '~~5', '5 | !1', '-1 & 5', 'LOG_PID | LOG_CONS', 'E_ALL & ~E_NOTICE | 4 ^ 1'],
])('%s is an expression', text => {
  expect(isExpression(text)).toBe(true);
});

// What it refuses, or makes a 0 of.
test.each([
  ...[
    '',
    '5',
    '(030)',
    '&',
    '&amp',
    'E_ALL &',
    'E_ALL && ~E_NOTICE',
    'E_ALL ~ E_NOTICE',
    'E_ALL (E_NOTICE)',
    'E_ALL E_NOTICE',
  ],
  ...[
    'E_ALL ^ (E_NOTICE',
    'E_ALL, ~E_NOTICE',
    'Smith & Sons',
    'a|b',
    '1 & x',
    '^foo',
    '/srv/~shop/x',
    'E_ALL - E_NOTICE',
  ],
])('%j is a text', text => {
  expect(isExpression(text)).toBe(false);
});

test('a text that goes on and on is judged at once', () => {
  expect(isExpression(`${'('.repeat(100_000)}1`)).toBe(false);
});

test.each<readonly [string, string]>([
  [
    'E_ALL & ~E_DEPRECTED',
    "is 'E_ALL & ~E_DEPRECTED', and PHP has no 'E_DEPRECTED' and takes 0 for it: write E_DEPRECATED",
  ],
  ['e_all', "is 'e_all', and PHP has no 'e_all' and takes 0 for it: write E_ALL"],
  [
    'E_ALL - E_NOTICE',
    "is 'E_ALL - E_NOTICE', which PHP does not read as it stands: write constants with & | ^ ~ and parentheses, such as E_ALL & ~(E_NOTICE | E_DEPRECATED)",
  ],
])('error_reporting = %s %s', (value, problem) => {
  expect(errorLevelProblem('error_reporting', value)).toBe(problem);
});

test.each(['E_ALL', 'E_ALL & ~(E_NOTICE | E_DEPRECATED)', '0', '-1', '22527', `\${LEVEL}`])(
  'error_reporting = %s is what it says',
  value => {
    expect(errorLevelProblem('error_reporting', value)).toBeUndefined();
    expect(errorLevelProblem('session.name', 'a & b')).toBeUndefined();
  },
);
