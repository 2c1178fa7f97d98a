import { expect, test } from 'vitest';
import { sitePaths } from '../../../src/base/paths.ts';
import { renderTmpfiles } from '../../../src/render/tmpfiles.ts';
import { wantedDirectories } from '../../../src/run/doctor/directories.ts';
import { FakeFiles } from '../../fakes/fake-files.ts';
import { shopSite } from '../../site/shop-site.ts';

const paths = sitePaths('shop');

test.each([
  ['shop', 'shop'],
  ['shop@corp.example.com', 'domain users@corp.example.com'],
  ['ext.User@corp', 'two  "words"'],
  ['müller', 'a\\b'],
])('what is written for the user %s and the group %s is read as these', async (user, group) => {
  const site = { ...shopSite(), user, listen: { ...shopSite().listen, group, mode: 0o660 } };
  const files = new FakeFiles();
  await files.makeDirectory('/etc/tmpfiles.d');
  await files.write(paths.tmpfiles, renderTmpfiles(site, { paths } as never, []));
  const found = await wantedDirectories({ files }, 'shop');
  expect(found).toContainEqual({ path: paths.tmp(user), mode: 0o700, user, group: '-' });
  expect(found).toContainEqual({ path: paths.balancer, mode: 0o2750, user: 'php-zd-haproxy', group });
});

test('each generation has a directory that its user may enter', async () => {
  const files = new FakeFiles();
  await files.makeDirectory('/etc/tmpfiles.d');
  await files.makeDirectory(paths.generation('a'));
  await files.makeDirectory(paths.generation('b'));
  await files.write(paths.tmpfiles, renderTmpfiles(shopSite(), { paths } as never, []));
  const found = (await wantedDirectories({ files }, 'shop')).map(({ path }) => path);
  const [a, b] = [paths.generation('a'), paths.generation('b')];
  expect(found.filter(path => path.startsWith(paths.generations))).toEqual([
    ...[paths.generations, a, b],
    ...[`${a}/php`, `${b}/php`],
  ]);
});
