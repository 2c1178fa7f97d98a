import { expect, test } from 'vitest';
import { sitePaths } from '../../src/base/paths.ts';
import { viewProperties } from '../../src/render/view.ts';
import { parseSite } from '../../src/site/parse.ts';
import { hostOf, shopHost } from '../site/host.ts';

const HOME = '/home/shop/shared/storage';
const SEEN = '/srv/shop/shared/storage';

const bindsOf = (linked: readonly string[], more = ''): readonly string[] => {
  const host = hostOf({
    ...shopHost,
    directories: { ...shopHost.directories, [HOME]: HOME, '/home/shop': '/home/shop' },
  });
  const text = `[site]\nrelease = /srv/shop/current\nuser = shop\n${more}[shared]\nfar = ${HOME}\nnear = ${SEEN}\n`;
  const parsed = parseSite({ name: 'shop', file: 'shop.ini', text, defaults: undefined, host });
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const source = { paths: sitePaths('shop'), release: '/r', config: '/c', identity: '/i', shm: undefined, linked };
  return viewProperties(parsed.site, source)
    .filter(({ name, value }) => name === 'BindPaths' && /storage/.test(value))
    .map(({ value }) => value);
};

test('what is shared is bound over its place in the release', () => {
  const mount = '/srv/shop/releases/.shop.live';
  expect(bindsOf([])).toEqual([`${HOME}:${mount}/far`, `${SEEN}:${mount}/near`]);
});

test('where the release has a link to it nothing is bound over that, and only what is out of sight is bound to its own place', () => {
  expect(bindsOf(['far', 'near'])).toEqual([HOME]);
});

test("what lies in a home that is bound is in sight, and the site's to replace", () => {
  expect(bindsOf(['far', 'near'], 'home = /home/shop\n')).toEqual([]);
});
