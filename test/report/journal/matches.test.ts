import { expect, test } from 'vitest';
import { replicaMatches, siteMatches } from '../../../src/report/journal/matches.ts';

const hooks = ['before_roll', 'before_serve', 'after_roll', 'on_failure'].map(
  hook => `php-zd-hook-my-shop-${hook}.service`,
);

test('of a site: its units, its slice, what php-zd and HAProxy say about it, and systemd about its units', () => {
  expect(siteMatches('my-shop', [1]).join(' ')).toBe(
    '_SYSTEMD_SLICE=php-zd-my\\x2dshop.slice + _SYSTEMD_UNIT=php-zd@my-shop.service _SYSTEMD_UNIT=php-zd-http@my-shop.service' +
      ' + _UID=0 PHP_ZD_SITE=my-shop' +
      ' + _SYSTEMD_UNIT=php-zd-haproxy.service SYSLOG_IDENTIFIER=php-zd-haproxy-my-shop + _PID=1 UNIT=php-zd@my-shop.service UNIT=php-zd-http@my-shop.service UNIT=php-zd-http-my-shop.socket' +
      ' UNIT=php-zd-fpm-my-shop@1.service UNIT=php-zd-web-my-shop@1.service UNIT=php-zd-admit-my-shop@1.service UNIT=php-zd-gate-my-shop@1.service' +
      ' UNIT=php-zd-park@my-shop:1.timer UNIT=php-zd-park@my-shop:1.service' +
      hooks.map(unit => ` UNIT=${unit}`).join(''),
  );
});

test('of a replica: its unit, and what php-zd and systemd say about it', () => {
  expect(replicaMatches('shop', 3).join(' ')).toBe(
    '_SYSTEMD_UNIT=php-zd-fpm-shop@3.service _SYSTEMD_UNIT=php-zd-web-shop@3.service' +
      ' + _UID=0 PHP_ZD_SITE=shop PHP_ZD_REPLICA=3 + _PID=1' +
      ' UNIT=php-zd-fpm-shop@3.service UNIT=php-zd-web-shop@3.service UNIT=php-zd-admit-shop@3.service UNIT=php-zd-gate-shop@3.service UNIT=php-zd-park@shop:3.timer UNIT=php-zd-park@shop:3.service',
  );
});
