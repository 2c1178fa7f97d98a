import { expect, test } from 'vitest';
import { readPoolValue } from '../../../src/site/existing/pool-value.ts';

// What parse_ini_string() of PHP 8.2 says of the same lines in its normal mode.
test.each<readonly [string, string]>([
  ['', ''],
  [' x ; said', 'x'],
  ['x;y', 'x'],
  ['10s;', '10s'],
  ['x#y', 'x#y'],
  ['# x', '# x'],
  ['"x;y" ; z', 'x;y'],
  ["''", ''],
  ['"a\\"b"', 'a"b'],
  ['"a\\\\b"', 'a\\b'],
  ['"a\\nb"', 'a\\nb'],
  ['"\\$"', '$'],
  ['"$pool"', '$pool'],
  ['/x/$pool.log', '/x/$pool.log'],
  ["'a\\b'\r", 'a\\b'],
  ['a\\b', 'a\\b'],
  ['a  b', 'a  b'],
  ['x@y%z*+?<>', 'x@y%z*+?<>'],
  ['/usr/sbin/sendmail -t -i -f a@b', '/usr/sbin/sendmail -t -i -f a@b'],
  ['E_ALL & ~E_NOTICE', 'E_ALL & ~E_NOTICE'],
  ['E_ALL & ~(E_NOTICE | E_DEPRECATED) ; said', 'E_ALL & ~(E_NOTICE | E_DEPRECATED)'],
  ['"a | b"', 'a | b'],
  ['"yes or no"', 'yes or no'],
])('of %j php-fpm reads %j', (raw, text) => {
  expect(readPoolValue(raw)).toEqual({ text });
});

test('a bare word that php-fpm takes for nothing is not taken over for SameSite, where it would be one', () => {
  const setting = 'session.cookie_samesite';
  expect(readPoolValue('None ; x', setting)).toEqual({
    unclear: expect.stringContaining('in [pool], and php_value[session.cookie_secure] = 1,'),
  });
  expect(readPoolValue('"None"', setting)).toEqual({ text: 'None' });
  expect(readPoolValue('Lax', setting)).toEqual({ text: 'Lax' });
  expect(readPoolValue('None', 'session.name')).toEqual({ text: 'None' });
});

test.each([
  ...['"a', "'a", `\${HOME}/x`, `"\${HOME}"`, '"x"y', "it's", '(1)', '!1', 'a=b', 'x$', '"E_ALL"', '"none"', 'a | b'],
  ...['E_ALL @', 'on @', '"E_ALL & ~E_NOTICE"'],
])('%j cannot be written in a site file and say the same', raw => {
  expect(readPoolValue(raw)).toHaveProperty('unclear');
});
