import { expect, test } from 'vitest';
import { poolValueProblem, secondsInFpm } from '../../src/site/pool-values.ts';
import { poolValues } from '../shapes/pool-values.ts';

test.each(poolValues)('$directive = $value', ({ directive, value, problem }) => {
  expect(poolValueProblem(directive, value)).toBe(problem);
});

test('a time is read as php-fpm reads it', () => {
  const times = poolValues.filter(({ directive, read }) => directive === 'request_terminate_timeout' && read);
  for (const { value, read } of times) {
    if (value === 'yes' || read?.startsWith('-14')) continue;
    expect([value, `${secondsInFpm(value)}s`]).toEqual([value, read]);
  }
  expect(secondsInFpm('2min')).toBeUndefined();
  expect(secondsInFpm('')).toBeUndefined();
});

test('what php-fpm takes from its environment, and what is no time, is nothing to judge', () => {
  expect(poolValueProblem('clear_env', 'enabled')).toBeUndefined();
  expect(poolValueProblem('php_value[memory_limit]', '1min 30s')).toBeUndefined();
  expect(poolValueProblem('request_terminate_timeout', '$' + '{LIMIT}')).toBeUndefined();
});
