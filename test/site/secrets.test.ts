import { expect, test } from 'vitest';
import { modeOfSiteFile, warnOfOpenSecrets } from '../../src/site/secrets.ts';

const FILE = '/etc/php-zd/sites/shop.ini';
const WITH = '[site]\nuser = shop\n [env] \nPASSWORD = canary\n';

test.each([
  ['[site]\nuser = shop\n', 0o644],
  [WITH, 0o640],
])('a new file of %j has the mode %o', (text, mode) => {
  expect(modeOfSiteFile(text)).toBe(mode);
});

test('variables in a file that everybody may read are warned of, with what to type', () => {
  expect(warnOfOpenSecrets(FILE, WITH, 0o644)).toEqual([
    {
      file: FILE,
      line: 3,
      message: `variables may be secrets, and every user of the host may read this file: chmod o-r ${FILE}`,
    },
  ]);
});

test.each([
  ['[site]\nuser = shop\n', 0o644],
  [WITH, 0o640],
  [WITH, 0o600],
])('a file %j of the mode %o is fine', (text, mode) => {
  expect(warnOfOpenSecrets(FILE, text, mode)).toEqual([]);
});
