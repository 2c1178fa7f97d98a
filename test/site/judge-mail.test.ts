import { expect, test } from 'vitest';
import { formatProblem, parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from './host.ts';

const directories = {
  ...shopHost.directories,
  '/home/shop': '/home/shop',
  '/srv/home': '/srv/home',
  '/srv/home/shop': '/srv/home/shop',
  '/srv/linked': '/srv/home/shop',
};
const MAIL = '[sandbox]\nsendmail = yes\n';

/** What is said of a site of the user shop with that home; the section of sendmail begins on line 7. */
const saidOf = (home: string, more: string, { isKept = false, mail = MAIL } = {}) => {
  const users = { ...shopHost.users, shop: { uid: 1001, gid: 1001, group: 'shop', home } };
  const files = [...shopHost.files, '/srv/home/shop/.forward'];
  const parsed = parseSite({
    ...{ name: 'shop', file: 'shop.ini', defaults: undefined, isKept },
    text: `[site]\nrelease = /srv/shop/current\nuser = shop\nmount = /srv/live\n[health]\npath = /up\n${mail}${more}`,
    host: hostOf({ ...shopHost, users, files, directories }),
  });
  const of = (problems: readonly Parameters<typeof formatProblem>[0][]) =>
    problems.map(formatProblem).filter(line => line.includes('sendmail'));
  return { problems: 'problems' in parsed ? of(parsed.problems) : [], warnings: of(parsed.warnings) };
};
const refused = (why: string) => ({ problems: [expect.stringContaining(why)], warnings: [] });
const WELL = { problems: [], warnings: [] };

test("sendmail is refused where the user's own home is PHP's, at its line, with what to write instead", () => {
  expect(saidOf('/home/shop', '[site]\nhome = /home/shop\n')).toEqual({
    problems: [
      "shop.ini:8: 'sendmail' is yes, and home = /home/shop lets PHP write '/home/shop/.forward', which the host's mailer obeys outside of the " +
        'sandbox: leave home out, or write a directory that is not the home of a user, or leave sendmail out and install msmtp-mta, which needs no rights',
    ],
    warnings: [],
  });
});

test.each([
  ['home', '/srv/linked', '[site]\nhome = /srv/home/shop\n', 'home = /srv/home/shop lets'],
  ['home above it', '/srv/home/shop', '[site]\nhome = /srv/home\n', 'home = /srv/home lets'],
  ['a release', '/srv/shop/current', '[site]\naccess = read-write\n', 'access = read-write lets'],
  ['[shared]', '/srv/home/shop', '[shared]\nvar = /srv/home/shop\n', "'var' in [shared] lets"],
  ['a file in [shared]', '/srv/home/shop', '[shared]\nf = /srv/home/shop/.forward\n', "'f' in [shared] lets"],
  ['[writable]', '/srv/home/shop', '[writable]\n/srv/home/shop = yes\n', "'/srv/home/shop' in [writable] lets"],
  ['[writable] in a release', '/srv/shop/current/var', '[writable]\nvar = yes\n', "'var' in [writable] lets"],
])('a home that PHP may write to by %s is found', (_, home, more, why) => {
  expect(saidOf(home, more)).toEqual(refused(why));
});

test.each([
  ["PHP's home is another directory", '/home/shop', '[site]\nhome = /srv/home/shop\n'],
  ['PHP may write to directories in the home alone', '/srv/home', '[writable]\n/srv/home/shop = yes\n'],
  ['PHP reads its release', '/srv/shop/current', ''],
  ['the user has no home', '', '[site]\nhome = /home/shop\n'],
])('nothing is said where %s', (_, home, more) => {
  expect(saidOf(home, more)).toEqual(WELL);
});

test('a site without sendmail may have the home, and one that runs so already comes back from a boot', () => {
  expect(saidOf('/home/shop', '[site]\nhome = /home/shop\n', { mail: '' })).toEqual(WELL);
  const { problems, warnings } = saidOf('/home/shop', '[site]\nhome = /home/shop\n', { isKept: true });
  expect([problems, warnings]).toEqual([[], [expect.stringContaining("'/home/shop/.forward'")]]);
});
