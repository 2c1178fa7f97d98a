import { expect, test } from 'vitest';
import { sitePaths } from '../../src/base/paths.ts';
import { renderLaidMounts } from '../../src/render/laid-mounts.ts';
import { hostOf, shopHost } from '../site/host.ts';
import { shopSite } from '../site/shop-site.ts';

const HOME = '/home/shop/shared/storage';
const SEEN = '/srv/shop/shared/storage';
const MOUNT = '/srv/shop/releases/.shop.live';

interface Case {
  readonly linked?: readonly string[];
  readonly more?: string;
  readonly sections?: string;
  readonly release?: string;
  readonly formerMount?: string;
}

const laid = ({ linked = [], more = '', sections = '', release = '/r', formerMount }: Case): readonly string[] => {
  const host = hostOf({
    ...shopHost,
    directories: { ...shopHost.directories, [HOME]: HOME, '/home/shop': '/home/shop' },
  });
  const shared = `[shared]\nfar = ${HOME}\nnear = ${SEEN}\n`;
  const rendered = renderLaidMounts(shopSite(`${more}${shared}${sections}`, host), {
    release,
    paths: sitePaths('shop'),
    formerMount,
    linked,
  });
  return rendered.trimEnd().split('\n');
};

test('the release is laid first, and what is shared over its place there', () => {
  expect(laid({})).toEqual([`ro\t${MOUNT}\t/r`, `rw\t${MOUNT}/far\t${HOME}`, `rw\t${MOUNT}/near\t${SEEN}`]);
  expect(laid({ more: 'access = read-write\n' })[0]).toBe(`rw\t${MOUNT}\t/r`);
});

test('where the release has a link to it nothing is laid over that, and only what is out of sight is laid at its own place', () => {
  expect(laid({ linked: ['far', 'near'] })).toEqual([`ro\t${MOUNT}\t/r`, `rw\t${HOME}\t${HOME}`]);
});

test("what lies in a home that is bound is in sight, and the site's to replace", () => {
  expect(laid({ linked: ['far', 'near'], more: 'home = /home/shop\n' })).toEqual([`ro\t${MOUNT}\t/r`]);
});

test('what is writable in a release that is read-only is opened, at each mount point', () => {
  const sections = '[writable]\nvar/cache = yes\n';
  expect(laid({ linked: ['far', 'near'], sections, formerMount: '/srv/old' })).toEqual([
    ...[`ro\t${MOUNT}\t/r`, `open\t${MOUNT}/var/cache`],
    ...['ro\t/srv/old\t/r', 'open\t/srv/old/var/cache', `rw\t${HOME}\t${HOME}`],
  ]);
  expect(laid({ linked: ['far', 'near'], sections, more: 'access = read-write\n' })).not.toContain('open');
});

test('a release may have blanks and colons in its name, and no name is ever two lines or fields', () => {
  expect(laid({ release: '/srv/a b:c' })[0]).toBe(`ro\t${MOUNT}\t/srv/a b:c`);
  for (const release of ['/srv/a\tb', '/srv/a\nb']) expect(() => laid({ release })).toThrow('no path to lay');
});
