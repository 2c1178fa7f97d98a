import { describe, expect, test } from 'vitest';
import { lostTo, lostWords } from '../../src/site/lost-extensions.ts';
import { phpPackageOf } from '../../src/site/php-packages.ts';

const BUILT_IN = '[PHP Modules]\nCore\njson\nPDO\nZend OPcache\n\n[Zend Modules]\nZend OPcache\n';

describe('what replicas have and another PHP lacks', () => {
  test.each([
    ['is what it is not to load', ['mysqli', 'intl'], ['intl'], ['mysqli']],
    [
      'is nothing of what it is to load, however a line says that',
      ['intl', 'apcu'],
      ['/usr/lib/php/20240924/intl.so', 'apcu.so'],
      [],
    ],
    ['is nothing that became a part of it', ['json', 'pdo', 'opcache'], [], []],
    [
      'is no loader that is there for that version',
      ['ioncube_loader_lin_8.2', 'ixed.8.2'],
      ['ioncube_loader_lin_8.4'],
      ['ixed.8.2'],
    ],
    ['is said once, in order', ['xsl', 'mysqli', 'xsl'], [], ['mysqli', 'xsl']],
  ])('%s', (_, loaded, configured, lost) => {
    expect(lostTo(loaded, { builtIn: BUILT_IN, configured })).toEqual(lost);
  });

  test.each([
    ['mysqlnd', 'php8.4-mysql'],
    ['mbstring', 'php8.4-mbstring'],
    ['ctype', 'php8.4-common'],
    ['dom', 'php8.4-xml'],
  ])('%s comes in %s', (extension, name) => {
    expect(phpPackageOf('8.4', extension)).toBe(name);
  });

  test('is said with what brings it, or that a roll goes on without', () => {
    const lost = { to: '8.4', names: ['mysqli', 'xsl'] };
    expect(lostWords('shop', { ...lost, packages: ['php8.4-mysql', 'php8.4-xml'] })).toBe(
      'PHP 8.4 lacks mysqli, xsl, which the replicas that run have: "apt install php8.4-mysql php8.4-xml", then "php-zd reload shop"',
    );
    expect(lostWords('shop', { ...lost, packages: [] })).toMatch(/have: "php-zd reload shop" goes on without$/);
  });
});
