import { expect, test } from 'vitest';
import { findConflicts } from '../../src/site/across.ts';
import { parseSite } from '../../src/site/parse.ts';
import { formatProblem } from '../../src/site/problem.ts';
import { hostOf, shopHost } from './host.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const linkOf = (name: string): string => `/srv/shop/${name}`;
const links = Object.fromEntries(NAMES.map(name => [linkOf(name), '/srv/shop/releases/42']));
const host = hostOf({ ...shopHost, directories: { ...shopHost.directories, ...links } });

const siteOf = (name: string, lines: string, defaults = '', link = linkOf) => {
  const parsed = parseSite({
    name,
    file: `${name}.ini`,
    text: `[site]\nrelease = ${link(name)}\n${lines}`,
    defaults: { file: 'defaults.ini', text: defaults },
    host,
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

test('one link is a warning of each of its sites, which says what to do after a flip', () => {
  const current = () => '/srv/shop/current';
  const sites = [siteOf('a', 'user = shop', '', current), siteOf('b', 'user = nginx', '', current)];
  const message =
    "sites 'a' and 'b' have one release, '/srv/shop/current': whoever points it elsewhere rolls all of them, as php-zd deploy " +
    'and rollback do; after any other tool: php-zd reload a b';
  expect(conflictsOf(...sites)).toEqual({ problems: [], warnings: [`a.ini:2: ${message}`, `b.ini:2: ${message}`] });
});

test('one backend in one HAProxy of one’s own is a problem of each of its sites, and two in it are none', () => {
  const users = { ...shopHost.users, haproxy: { uid: 107, gid: 107, group: 'haproxy' } };
  const of = (name: string, user: string, more: string) => {
    const parsed = parseSite({
      ...{
        name,
        file: `${name}.ini`,
        defaults: undefined,
        host: hostOf({ ...shopHost, users, directories: { ...shopHost.directories, ...links } }),
      },
      text: `[site]\nrelease = ${linkOf(name)}\nuser = ${user}\n[haproxy]\nsocket = /run/h\n${more}`,
    });
    if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
    return parsed;
  };
  expect(conflictsOf(of('a', 'shop', ''), of('b', 'nginx', '')).problems).toEqual([]);
  const have = "have one backend in the HAProxy at '/run/h', 'x': write another backend in [haproxy]";
  expect(conflictsOf(of('a', 'shop', 'backend = x'), of('b', 'nginx', 'backend = x')).problems).toEqual([
    `a.ini:5: sites 'a' and 'b' ${have}`,
    `b.ini:5: sites 'b' and 'a' ${have}`,
  ]);
  // Who is nginx could come to the replicas of a.
  expect(conflictsOf(of('a', 'shop', 'worker_user = nginx'), of('b', 'nginx', '')).problems).toEqual([
    "a.ini:5: 'worker_user' of [haproxy] is nginx, as whom the PHP of site 'b' runs: it could come to the replicas of 'a'; write a user of HAProxy's own",
  ]);
});
