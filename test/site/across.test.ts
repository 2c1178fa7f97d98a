import { expect, test } from 'vitest';
import { findConflicts } from '../../src/site/across.ts';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const siteOf = (name: string, lines: string, defaults = '') => {
  const parsed = parseSite({
    name,
    file: `${name}.ini`,
    text: `[site]\nrelease = /srv/shop/current\n${lines}`,
    defaults: { file: 'defaults.ini', text: defaults },
    host: hostOf(shopHost),
  });
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed;
};

const conflictsOf = (...sites: readonly ReturnType<typeof siteOf>[]) => {
  const { problems, warnings } = findConflicts(sites);
  return { problems: problems.map(formatProblem), warnings: warnings.map(formatProblem) };
};

test('sites that share nothing are in no conflict', () => {
  expect(conflictsOf(siteOf('a', 'user = shop'), siteOf('b', 'user = nginx'))).toEqual({ problems: [], warnings: [] });
  expect(conflictsOf()).toEqual({ problems: [], warnings: [] });
});

test('one socket is a problem of each of its sites', () => {
  const listen = '[listen]\nfastcgi = /run/x.sock';
  const sites = [siteOf('a', `user = shop\n${listen}`), siteOf('b', `user = nginx\n${listen}`)];
  const message = "sites 'a' and 'b' listen on one socket, '/run/x.sock': write another fastcgi in [listen]";
  expect(conflictsOf(...sites)).toEqual({ problems: [`a.ini:5: ${message}`, `b.ini:5: ${message}`], warnings: [] });
});

test('a socket that is the default of another site is a problem', () => {
  const sites = [
    siteOf('a', 'user = shop'),
    siteOf('b', 'user = nginx\n[listen]\nfastcgi = /run/php-zd/a/fastcgi.sock'),
  ];
  const message =
    "sites 'a' and 'b' listen on one socket, '/run/php-zd/a/fastcgi.sock': write another fastcgi in [listen]";
  expect(conflictsOf(...sites).problems).toEqual([`a.ini:1: ${message}`, `b.ini:5: ${message}`]);
});

test('one mount point is a problem of each of its sites', () => {
  const sites = [siteOf('a', 'user = shop'), siteOf('b', 'user = nginx\nmount = /srv/shop/releases/.a.live')];
  const message = "sites 'a' and 'b' have one mount point, '/srv/shop/releases/.a.live': write another mount in [site]";
  expect(conflictsOf(...sites).problems).toEqual([`a.ini:2: ${message}`, `b.ini:4: ${message}`]);
});

test('one user is a warning, once a place', () => {
  const defaults = '[site]\nuser = shop\n';
  const sites = [siteOf('a', '', defaults), siteOf('b', '', defaults), siteOf('c', 'user = shop')];
  const message =
    "sites 'a', 'b' and 'c' run as one user, 'shop', and are not isolated from each other: give each a user of its own";
  expect(conflictsOf(...sites)).toEqual({
    problems: [],
    warnings: [`defaults.ini:2: ${message}`, `c.ini:3: ${message}`],
  });
});
