import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sitePaths } from '../../src/base/paths.ts';
import { bound, pathList } from '../../src/render/paths-in-units.ts';
import { renderReplicaDirectories, renderTmpfiles } from '../../src/render/tmpfiles.ts';
import { propertyRuns } from '../property-runs.ts';
import { hostOf, shopHost } from '../site/host.ts';
import { shopSite } from '../site/shop-site.ts';

test.each(['/a b', '/a:/root', '/a\n[Service]', '/a%h', '/a"', "/a'", '/a\\x20', 'a', '', '/a\t/b'])(
  'no list of a unit has %j for a path',
  path => {
    expect(() => pathList(['/srv', path])).toThrow('no path for a unit');
    expect(() => bound(path, '/srv')).toThrow('no path for a unit');
    expect(() => bound('/srv', path)).toThrow('no path for a unit');
  },
);

test('whatever paths there are, a list has as many as it was given', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), texts => {
      const paths = texts.map(text => `/${text}`);
      try {
        expect(pathList(paths).split(/\s/).filter(Boolean)).toEqual(paths);
      } catch (error) {
        expect(String(error)).toContain('no path for a unit');
      }
    }),
    propertyRuns(200),
  );
});

test("a directory server's name of a user is one field of tmpfiles.d", () => {
  const site = shopSite();
  const context = { paths: sitePaths('shop'), program: '/bin/php-zd' };
  const userOf = (user: string) =>
    renderReplicaDirectories(site, context, [{ slot: 1, user, web: undefined }])
      .split('\n')
      .at(-2);
  const where = 'd /run/php-zd/shop/replicas/1 2750';
  expect(userOf('shop')).toBe(`${where} shop php-zd-haproxy`);
  expect(userOf('EXAMPLE\\a "b" 100%')).toBe(`${where} "EXAMPLE\\\\a \\"b\\" 100%" php-zd-haproxy`);
});

test('and in an entry of an access control list it is the same name, whatever means something there', () => {
  const owner = 'EXAMPLE\\a b,c:d%eü';
  const host = { ...shopHost, users: { ...shopHost.users, [owner]: { uid: 3, gid: 3, group: 'x' } } };
  const site = shopSite('[listen]\nowner = shop\n', hostOf(host));
  const said = renderTmpfiles(
    { ...site, listen: { ...site.listen, owner } },
    { paths: sitePaths('shop'), program: '/x' },
    [],
  );
  const name = 'EXAMPLE\\134a\\040b\\054c\\072d\\045e\\303\\274';
  expect(said).toContain(`- - - - u:${name}:x,g::rx,d:u:${name}:rw,d:g::rw\n`);
  expect(said).toContain(`- - - - u:${name}:rw\n`);
});
