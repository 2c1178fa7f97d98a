import { expect, test } from 'vitest';
import { mountUnit, sliceUnit, slotOfUnit } from '../../src/base/paths.ts';

test.each([
  ['shop', 'php-zd-shop.slice'],
  ['my-shop', 'php-zd-my\\x2dshop.slice'],
  ['www.example.com', 'php-zd-www.example.com.slice'],
])("the slice of %j is %j, and no child of another site's", (site, unit) => {
  expect(sliceUnit(site)).toBe(unit);
});

test.each([
  ['php-zd-fpm-shop@3.service', 3],
  ['php-zd-fpm-shop@x.service', undefined],
  ['php-zd-fpm-shop-admin@3.service', undefined],
  ['php-zd-fpm-shop@3.timer', undefined],
])('%s is a unit of slot %s', (unit, slot) => {
  expect(slotOfUnit('shop', unit)).toBe(slot);
});

test.each([
  ['/srv', 'srv.mount'],
  ['/', '-.mount'],
  ['/run/php-zd/a-b/replicas', 'run-php\\x2dzd-a\\x2db-replicas.mount'],
  ['/.x/é y_z:1.2', '\\x2ex-\\xc3\\xa9\\x20y_z:1.2.mount'],
])('the unit of what is mounted at %s is %s', (path, unit) => {
  expect(mountUnit(path)).toBe(unit);
});
