import { expect, test } from 'vitest';
import { type ErrorCode, type Facts, PhpZdError } from '../../../src/base/errors.ts';
import { describeError } from '../../../src/report/words/errors.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';

const unit = 'php-zd-fpm-shop@1.service';

/** Every code, with the facts that its place gives it, and the whole text. */
const texts: { readonly [Code in ErrorCode]: readonly [Facts, string] } = {
  'site-invalid': [{ site: 'shop' }, "the site file of 'shop' has problems"],
  'site-exists': [
    { site: 'shop', file: '/etc/php-zd/sites/shop.ini' },
    `there is a site 'shop' already, and nothing was touched: edit /etc/php-zd/sites/shop.ini and type "php-zd check shop", or write it anew with --force`,
  ],
  'site-unknown': [
    { site: 'shop', file: '/etc/php-zd/sites/shop.ini' },
    "there is no site 'shop': /etc/php-zd/sites/shop.ini does not exist",
  ],
  'bus-unavailable': [{ address: 'unix:path=/x', reason: 'ENOENT' }, 'systemd cannot be reached over D-Bus (ENOENT)'],
  'bus-denied': [
    { unit },
    `access denied to ${unit}: run it as root, or let polkit allow it (see RIGHTS in "man php-zd")`,
  ],
  'unit-unknown': [{ unit }, `systemd has no unit ${unit}`],
  'unit-masked': [{ unit }, `${unit} is masked: unmask it with "systemctl unmask ${unit}"`],
  'job-failed': [{ unit, job: 'start', result: 'timeout' }, `systemd could not start ${unit} (timeout)`],
  'systemd-refused': [{ unit, name: 'org.x.Y', text: 'no such thing' }, 'systemd refused: no such thing'],
  'balancer-unreachable': [
    { socket: '/run/a.sock', reason: 'ECONNREFUSED' },
    'HAProxy does not answer on /run/a.sock (ECONNREFUSED)',
  ],
  'balancer-refused': [
    { command: 'show stat', answer: 'No such proxy.' },
    "HAProxy refused 'show stat': No such proxy.",
  ],
  'fastcgi-unreachable': [
    { socket: '/run/1.sock', errno: 'ENOENT' },
    'PHP-FPM cannot be reached on /run/1.sock (ENOENT)',
  ],
  'fastcgi-broken': [
    { socket: '/run/1.sock', reason: 'it was closed before its end' },
    'PHP-FPM on /run/1.sock broke its answer off: it was closed before its end',
  ],
  'release-missing': [{ path: '/srv/shop/current' }, 'the release /srv/shop/current is no directory'],
  'release-incomplete': [
    { path: '/srv/shop/releases/2', missing: ['public/index.php', 'storage'] },
    'the release /srv/shop/releases/2 lacks public/index.php, storage',
  ],
  'release-unfit': [
    { path: '/srv/shop/releases/2', reason: 'cannot be read by the user shop' },
    'the release /srv/shop/releases/2 cannot be read by the user shop',
  ],
  'socket-taken': [
    { path: '/run/shop.sock' },
    '/run/shop.sock, where the web server looks for the site, is something else already: remove it, or write another fastcgi into [listen]',
  ],
  'not-promoted': [{ site: 'shop' }, `what is promoted of 'shop' cannot be read: roll once with "php-zd reload shop"`],
  'not-a-link': [
    { path: '/srv/shop/current' },
    '/srv/shop/current is no link, so it cannot name another release: put a link in its place',
  ],
  'not-started': [{ site: 'shop' }, `'shop' is not started: start it with "php-zd start shop" first`],
  'replica-unproven': [
    { replica: 1, reason: 'answered /health with 500 (wanted 200)', ms: 30_000, php: 'PHP Fatal error: no' },
    'replica 1 answered /health with 500 (wanted 200) for 30s; PHP says: PHP Fatal error: no',
  ],
  'drain-timeout': [
    { replica: 1, ms: 60_000, blockers: ['child 7 (Running): GET /report, 61.0 s'] },
    'replica 1 still had work after 1min: child 7 (Running): GET /report, 61.0 s',
  ],
  'not-serving': [{ replica: 1, state: 'DOWN' }, 'HAProxy does not take replica 1 back (DOWN)'],
  'nobody-else-serves': [
    { replica: 1, serving: 0, mustServe: 1 },
    'replica 1 cannot be drained: 0 others serve, 1 must',
  ],
  'slots-parked': [
    { slots: ['3', '4'] },
    'it needs the slots of parked replicas (3, 4), which are at their last requests: try again when these have ended',
  ],
  'replica-worse': [{ replica: 3, reason: 'crashed' }, 'replica 3 crashed'],
  'warmup-failed': [
    { replica: 3, path: '/search', reason: 'answered /search with 500', failures: 2 },
    'replica 3 answered /search with 500 while it was warmed up, the first of 2 failures',
  ],
  'capacity-short': [
    { site: 'shop', children: 16, busy: 11, queued: 2, silent: ['2'], least: 8, leastAt: 2, away: ['1'] },
    'a roll of \'shop\' would make requests queue: 11 of 16 children busy, 2 requests waiting, replica 2 does not say and counts as busy; with replica 1 away 8 remain (step 2); try again when fewer are busy, or see "php-zd plan shop"',
  ],
  'not-run-yet': [
    { site: 'shop', user: 'shop' },
    `'shop' never ran as user 'shop': start it with "php-zd start shop", or, if it is started, roll it with "php-zd reload shop"`,
  ],
  'drill-refused': [
    { site: 'shop', reason: 'rolling' },
    `no drill of 'shop', nothing was touched: a roll is under way; see when it is over with "systemctl status php-zd@shop"`,
  ],
  'hook-failed': [
    { hook: 'before_roll', unit: 'php-zd-hook-shop-before_roll.service', result: 'exit-code', status: 3, output: 'no' },
    'the hook before_roll failed with status 3: no (journalctl -eu php-zd-hook-shop-before_roll.service)',
  ],
  'no-previous': [
    { site: 'shop', reason: 'no release was promoted before this one' },
    "'shop' cannot be rolled back: no release was promoted before this one",
  ],
  'roll-under-way': [
    { site: 'shop' },
    'a roll of shop is under way, which decides who serves: try again when it is over ("systemctl status php-zd@shop")',
  ],
  'front-outdated': [
    { site: 'shop' },
    'HAProxy\'s part of shop was written by an older php-zd, which could not do this: roll once with "php-zd reload shop"',
  ],
  'drain-refused': [
    { site: 'shop', replica: 1, serving: 0, mustServe: 1 },
    'replica 1 of shop goes on serving: 0 others would serve, 1 must. See "php-zd status shop", or insist with --force',
  ],
  'replica-unfit': [
    { site: 'shop', replica: 7, reason: 'does not run; these do: 1, 2' },
    'replica 7 of shop does not run; these do: 1, 2',
  ],
  'still-busy': [
    { site: 'shop', ms: 30_000, blockers: ['child 7 (Running): GET /report, 61.0 s'] },
    'requests of shop still ran when the hold was over, after 30s: child 7 (Running): GET /report, 61.0 s. New requests go through again; "php-zd hold shop --for" a longer time waits longer',
  ],
  'page-unfit': [
    { path: '/p.html', reason: 'there is no such file' },
    '/p.html cannot be the page: there is no such file',
  ],
  deadline: [{ what: 'HAProxy', ms: 10_000 }, 'gave up waiting for HAProxy after 10s'],
  aborted: [{}, 'it was asked to stop'],
  'command-failed': [{ command: 'haproxy -c', status: 1, output: '[ALERT] no' }, "'haproxy -c' failed (1): [ALERT] no"],
  'file-system': [{ path: '/run/x', errno: 'ENOSPC' }, '/run/x: no space is left on its file system'],
};

test.each(Object.entries(texts))('%s is said in words', (code, [facts, text]) => {
  expect(describeError(new PhpZdError(code as ErrorCode, facts))).toBe(text);
});

test('a drain that nobody seems to hold asks about connections that are kept open', () => {
  const facts = { replica: 1, ms: 60_000, blockers: [], sessions: 2, waiting: 0 };
  expect(describeError(new PhpZdError('drain-timeout', facts))).toBe(
    'replica 1 still had work after 1min: 2 connections in HAProxy, 0 waiting, no busy child; does the web server keep connections open?',
  );
});

test('a warm-up in which one thing failed does not count', () => {
  const facts = { replica: 3, reason: 'compiled only 3 of 5 scripts in time', failures: 1 };
  expect(describeError(new PhpZdError('warmup-failed', facts))).toBe(
    'replica 3 compiled only 3 of 5 scripts in time while it was warmed up',
  );
});

test('a file that may not be read asks for root', () => {
  expect(describeError(new PhpZdError('file-system', { path: '/run/x', errno: 'EACCES' }))).toBe(
    '/run/x: permission denied; run it as root',
  );
});

test('the problems of a site file are listed, each with file and line', () => {
  const problems = [
    { file: '/etc/php-zd/sites/shop.ini', line: 2, message: 'no such user' },
    { file: '/etc/php-zd/defaults.ini', line: 9, message: 'no such key' },
  ];
  expect(describeError(new SiteProblems('shop', problems))).toBe(
    '/etc/php-zd/sites/shop.ini:2: no such user\n/etc/php-zd/defaults.ini:9: no such key',
  );
});

test.each([
  [{ result: 'timeout', ms: 300_000 }, 'did not end within 5min and was ended'],
  [{ result: 'signal', status: 9 }, 'was ended by signal 9'],
  [{ result: 'resources' }, 'could not be run (resources)'],
])('how a hook ended is told: %j', (facts, words) => {
  const error = new PhpZdError('hook-failed', { hook: 'after_roll', unit: 'u', ...facts });
  expect(describeError(error)).toBe(`the hook after_roll ${words} (journalctl -eu u)`);
});

test('a code of another version of php-zd stands for itself', () => {
  const error = JSON.parse('{"code":"not-invented-yet","facts":{}}');
  expect(describeError(new PhpZdError(error.code, error.facts))).toBe('not-invented-yet');
});
