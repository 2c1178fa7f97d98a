import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const SCRIPT = new URL('../../units/run-haproxy.sh', import.meta.url).pathname;

/** How many connections each site may have where so many files may be open. */
const shareAt = (files: number): number => {
  const line = `ulimit() { echo ${files}; }; set -- /usr/bin/printenv PHP_ZD_SHARE; . ${SCRIPT}`;
  return Number(execFileSync('/usr/bin/dash', ['-c', line], { encoding: 'utf8' }));
};

test('a site may have a twentieth of the connections that the files allow, two files for each', () => {
  expect(shareAt(65_536)).toBe(1638);
  expect(shareAt(524_288)).toBe(13_107);
});

test('and no fewer than php-zd takes for granted, however few files there are', () => {
  expect(shareAt(300)).toBe(500);
});
