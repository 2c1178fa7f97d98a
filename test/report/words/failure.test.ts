import { expect, test } from 'vitest';
import { PhpZdError } from '../../../src/base/errors.ts';
import { describeFailure } from '../../../src/report/words/failure.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';

const unit = 'php-zd@shop.service';
const path = '/var/lib/php-zd/shop/roll.json';

const overdue = { ms: 1, sessions: 0, waiting: 0, active: 0, blockers: [] };

test.each<readonly [PhpZdError, string]>([
  [
    new PhpZdError('site-unknown', { site: 'shop', file: '/x' }),
    'See those that are there with "php-zd list", or write it with "php-zd init shop".',
  ],
  [
    new PhpZdError('bus-unavailable', { reason: 'ENOENT' }),
    'What serves goes on serving. See "systemctl status dbus".',
  ],
  [new PhpZdError('unit-unknown', { unit }), 'See "php-zd doctor".'],
  [new PhpZdError('job-failed', { unit, job: 'start', result: 'failed' }), `See "journalctl -eu ${unit}".`],
  [new PhpZdError('systemd-refused', { unit, name: 'x', text: 'y' }), `See "journalctl -eu ${unit}".`],
  [new PhpZdError('systemd-refused', { name: 'x', text: 'y' }), 'See "journalctl -e".'],
  [
    new PhpZdError('balancer-unreachable', { socket: '/x', reason: 'ECONNREFUSED' }),
    'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".',
  ],
  [new PhpZdError('balancer-refused', { command: 'x', answer: 'y' }), 'See "journalctl -eu php-zd-haproxy".'],
  [new PhpZdError('fastcgi-unreachable', { socket: '/x', errno: 'ENOENT' }), 'See "php-zd status".'],
  [new PhpZdError('fastcgi-broken', { socket: '/x', reason: 'EPIPE' }), 'See "php-zd status".'],
  [
    new PhpZdError('release-missing', { path: '/r' }),
    'Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.',
  ],
  [
    new PhpZdError('release-incomplete', { path: '/r', missing: [] }),
    'For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "php-zd releases" shows those of each site.',
  ],
  [
    new PhpZdError('drain-timeout', { site: 'shop', replica: 2, ...overdue }),
    'It stays drained: "php-zd drain shop 2" waits again, "php-zd ready shop 2" gives it requests again.',
  ],
  [new PhpZdError('not-serving', { replica: 2 }), 'See "php-zd status".'],
  [
    new PhpZdError('no-previous', { site: 'shop', reason: { kind: 'never' } }),
    'See "php-zd releases shop", and go to one of them with "php-zd deploy shop DIR".',
  ],
  [
    new PhpZdError('replica-unfit', { site: 'shop', replica: 2, reason: { kind: 'parked' } }),
    'See "php-zd status shop".',
  ],
  [
    new PhpZdError('page-unfit', { path: '/p', reason: { kind: 'missing' } }),
    "Name another after --page, or leave it out for a page of php-zd's.",
  ],
  [new PhpZdError('deadline', { what: 'x', ms: 1 }), 'Look with "php-zd status", then type it again.'],
  [
    new PhpZdError('file-system', { path, errno: 'ENOSPC' }),
    `Make room there, then type it again: "df /var/lib/php-zd/shop" names the file system, and "df -i /var/lib/php-zd/shop" counts its files.`,
  ],
  [
    new PhpZdError('file-system', { path, errno: 'EDQUOT' }),
    `Make room there, then type it again: "df /var/lib/php-zd/shop" names the file system, and "df -i /var/lib/php-zd/shop" counts its files.`,
  ],
  [
    new PhpZdError('file-system', { path, errno: 'EROFS' }),
    `"findmnt -T /var/lib/php-zd/shop" names the file system, and "journalctl -k" why it is so; then type it again.`,
  ],
  [new PhpZdError('file-system', { path, errno: 'EIO' }), 'See "journalctl -k".'],
])('what to type next after %s is said', (error, words) => {
  const [first, ...next] = describeFailure(error).split('\n');
  expect(first).toMatch(/^php-zd: .*[.?]$/);
  expect(next).toEqual([words, '']);
});

test('what says itself what to type has nothing below it', () => {
  expect(describeFailure(new PhpZdError('not-started', { site: 'shop' }))).toBe(
    `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n`,
  );
  const denied = new PhpZdError('balancer-unreachable', { socket: '/run/a.sock', reason: 'EACCES' });
  expect(describeFailure(denied)).toBe("php-zd: HAProxy's socket /run/a.sock: permission denied; run it as root.\n");
});

test('what another program said ends with its own full stop, and moves no cursor', () => {
  const facts = { command: 'haproxy -c', status: '1', output: 'no\x1b[2J such thing.\n' };
  expect(describeFailure(new PhpZdError('command-failed', facts))).toBe(
    "php-zd: 'haproxy -c' failed (1): no?[2J such thing.\n",
  );
});

test.each([
  ['haproxy -c -f /x', 'haproxy is not installed: install it with "apt install haproxy"'],
  ['nginx -T', 'nginx is not installed: install it with "apt install nginx"'],
  ['/opt/bin/php-fpm -v', '/opt/bin/php-fpm is not installed'],
])('a program that is not there is told as that: %s', (command, words) => {
  const facts = { command, status: 'ENOENT', output: '' };
  expect(describeFailure(new PhpZdError('command-failed', facts))).toBe(`php-zd: ${words}.\n`);
});

test('the problems of a site file stand for themselves, each with its line', () => {
  const problems = [{ file: '/etc/php-zd/sites/shop.ini', line: 2, message: 'no such user' }];
  expect(describeFailure(new SiteProblems('shop', problems))).toBe('/etc/php-zd/sites/shop.ini:2: no such user\n');
});
