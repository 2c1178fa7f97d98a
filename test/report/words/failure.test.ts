import { expect, test } from 'vitest';
import { type ErrorCode, type Facts, PhpZdError } from '../../../src/base/errors.ts';
import { describeFailure } from '../../../src/report/words/failure.ts';
import { SiteProblems } from '../../../src/run/site/load-site.ts';

const unit = 'php-zd@shop.service';
const path = '/var/lib/php-zd/shop/roll.json';

test.each<readonly [ErrorCode, Facts, string]>([
  [
    'site-unknown',
    { site: 'shop' },
    'See those that are there with "php-zd list", or write it with "php-zd init shop".',
  ],
  ['bus-unavailable', {}, 'What serves goes on serving. See "systemctl status dbus".'],
  ['unit-unknown', { unit }, 'See "php-zd doctor".'],
  ['job-failed', { unit }, `See "journalctl -eu ${unit}".`],
  ['systemd-refused', { unit }, `See "journalctl -eu ${unit}".`],
  ['systemd-refused', {}, 'See "journalctl -e".'],
  [
    'balancer-unreachable',
    { reason: 'ECONNREFUSED' },
    'See "systemctl status php-zd-haproxy"; start it with "systemctl restart php-zd-haproxy".',
  ],
  ['balancer-refused', {}, 'See "journalctl -eu php-zd-haproxy".'],
  ['fastcgi-unreachable', {}, 'See "php-zd status".'],
  ['fastcgi-broken', {}, 'See "php-zd status".'],
  ['release-missing', {}, 'Name a directory that is there: "php-zd releases" shows those of each site.'],
  ['release-incomplete', {}, 'Mend that, or take another: "php-zd releases" shows those of each site.'],
  [
    'drain-timeout',
    { site: 'shop', replica: 2 },
    'It stays drained: "php-zd drain shop 2" waits again, "php-zd ready shop 2" gives it requests again.',
  ],
  ['not-serving', { replica: 2 }, 'See "php-zd status".'],
  ['no-previous', { site: 'shop' }, 'See "php-zd releases shop", and go to one of them with "php-zd deploy shop DIR".'],
  ['replica-unfit', { site: 'shop', replica: 2 }, 'See "php-zd status shop".'],
  ['page-unfit', {}, "Name another after --page, or leave it out for a page of php-zd's."],
  ['deadline', {}, 'Look with "php-zd status", then type it again.'],
  [
    'file-system',
    { path, errno: 'ENOSPC' },
    `Make room there, then type it again: "df /var/lib/php-zd/shop" names the file system.`,
  ],
  [
    'file-system',
    { path, errno: 'EDQUOT' },
    `Make room there, then type it again: "df /var/lib/php-zd/shop" names the file system.`,
  ],
  [
    'file-system',
    { path, errno: 'EROFS' },
    `"findmnt -T /var/lib/php-zd/shop" names the file system, and "journalctl -k" why it is so; then type it again.`,
  ],
  ['file-system', { path, errno: 'EIO' }, 'See "journalctl -k".'],
])('what to type next after %s %j is said', (code, facts, words) => {
  const [first, ...next] = describeFailure(new PhpZdError(code, facts)).split('\n');
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
  const facts = { command: 'haproxy -c', status: 1, output: 'no\x1b[2J such thing.\n' };
  expect(describeFailure(new PhpZdError('command-failed', facts))).toBe(
    "php-zd: 'haproxy -c' failed (1): no?[2J such thing.\n",
  );
});

test('the problems of a site file stand for themselves, each with its line', () => {
  const problems = [{ file: '/etc/php-zd/sites/shop.ini', line: 2, message: 'no such user' }];
  expect(describeFailure(new SiteProblems('shop', problems))).toBe('/etc/php-zd/sites/shop.ini:2: no such user\n');
});
