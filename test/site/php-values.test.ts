import { describe, expect, test } from 'vitest';
import { quantityProblem, timeZoneProblem } from '../../src/site/php-values.ts';

describe('a value that PHP would take for another one', () => {
  test.each([
    ['memory_limit', '256MB', "is '256MB', which PHP reads as 256: write 256M"],
    ['upload_max_filesize', '2GB', "is '2GB', which PHP reads as 2: write 2G"],
    ['post_max_size', '1.5G', "is '1.5G', which PHP reads as 1G: write 1536M"],
    ['post_max_size', '1,5 GiB', "is '1,5 GiB', which PHP reads as 1: write 1536M"],
    ['upload_max_filesize', '1T', "is '1T', which PHP reads as 1: write 1024G"],
    [
      'memory_limit',
      'unlimited',
      "is 'unlimited', which PHP reads as 0: write a whole number with K, M or G after it, such as 256M",
    ],
    ['session.gc_maxlifetime', '1h', "is '1h', which PHP reads as 1: write 3600, the seconds"],
    ['max_execution_time', '5m', "is '5m', which PHP reads as 5M: write 300, the seconds"],
    ['max_execution_time', 'never', "is 'never', which PHP reads as 0: write a whole number of seconds"],
    ['opcache.memory_consumption', '256M', "is '256M', and PHP takes a number of MiB without more: write 256"],
    ['opcache.memory_consumption', '1GB', "is '1GB', and PHP takes a number of MiB without more: write 1024"],
    ['opcache.max_accelerated_files', '20k', "is '20k', and PHP takes a number of files without more: write 20480"],
    [
      'opcache.interned_strings_buffer',
      'much',
      "is 'much', and PHP takes a number of MiB without more: write a whole number",
    ],
  ])('%s = %s', (name, value, problem) => {
    expect(quantityProblem(name, value)).toBe(problem);
  });

  test.each([
    ...['256M', '1g', '-1', '0', '268435456', '0x10000000', '256 M', '$' + '{LIMIT}'].map(value => [
      'memory_limit',
      value,
    ]),
    ...['30', '30s', '-1', '0'].map(value => ['max_execution_time', value]),
    ['opcache.memory_consumption', '256'],
    ['my.own', '256MB'],
  ])('and none is %s = %s', (...[name = '', value = '']: readonly string[]) => {
    expect(quantityProblem(name, value)).toBeUndefined();
  });
});

describe('a time zone', () => {
  const hostOf = (...zones: readonly string[]) => ({
    isDirectory: (path: string) => path === '/usr/share/zoneinfo',
    isFile: (path: string) => zones.some(zone => path === `/usr/share/zoneinfo/${zone}`),
  });

  test.each(['Europe/Berlin', 'europe/berlin', 'UTC', '', '$' + '{TZ}'])('%s is known', zone => {
    expect(timeZoneProblem(hostOf('Europe/Berlin', 'UTC'), zone)).toBeUndefined();
  });

  test('an old name, which the host has no longer, is told with the one of today', () => {
    expect(timeZoneProblem(hostOf('America/Los_Angeles'), 'US/Pacific')).toBe(
      "is 'US/Pacific', which PHP does not know here, and takes UTC instead: write America/Los_Angeles",
    );
  });

  test.each(['Mars/Olympus', '../../etc/passwd', '+02:00', 'CET'])('%s is not', zone => {
    expect(timeZoneProblem(hostOf('Europe/Berlin', '../../etc/passwd'), zone)).toContain(
      'which PHP does not know here, and takes UTC instead: write ',
    );
  });

  test("is nobody's to judge where the host keeps none", () => {
    expect(timeZoneProblem({ isDirectory: () => false, isFile: () => false }, 'Mars/Olympus')).toBeUndefined();
  });
});
