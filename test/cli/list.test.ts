import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { Typist } from './typist.ts';

test('the sites are those that have a file, by name', async () => {
  const typist = await Typist.atNewSite();
  await typist.addBlog();
  await typist.world.files.write('/etc/php-zd/sites/notes.txt', '');
  await typist.world.files.write('/etc/php-zd/sites/.#shop.ini', '');
  expect(await typist.type('list')).toEqual({ exit: Exit.done, out: 'blog\nshop\n', err: '' });
  expect(await typist.type('list --json')).toEqual({ exit: Exit.done, out: '["blog","shop"]\n', err: '' });
});

test('without a site it says how to write the first, and --json is an empty list', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  const err = 'There is no site yet. Write the first one with "php-zd init SITE".\n';
  expect(await typist.type('list')).toEqual({ exit: Exit.done, out: '', err });
  expect(await typist.type('list --json')).toEqual({ exit: Exit.done, out: '[]\n', err });
});
