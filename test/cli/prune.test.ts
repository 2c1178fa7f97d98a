import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { RELEASES, release } from '../run/world.ts';
import { Typist } from './typist.ts';

/** At a site on release 43, with 42 before it; nobody needs 41. */
const atRolledSite = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  for (const name of ['42', '43']) await typist.type(`deploy shop ${release(name)}`);
  typist.world.forget();
  return typist;
};

const left = async ({ world }: Typist): Promise<readonly string[]> => await world.files.list(RELEASES);

test('releases that nobody needs are named as they go', async () => {
  const typist = await atRolledSite();
  expect(await typist.type('prune shop --keep 1')).toEqual({
    exit: Exit.done,
    out: 'shop: removed\n  41\n',
    err: `Removing ${release('41')}.\n`,
  });
  expect(await left(typist)).toEqual(['42', '43']);
});

test('when all are needed there is nothing to remove', async () => {
  const typist = await atRolledSite();
  const nothing = { exit: Exit.done, out: 'shop: nothing to remove.\n', err: '' };
  expect(await typist.type('prune shop --keep 3')).toEqual(nothing);
  expect(await left(typist)).toEqual(['41', '42', '43']);
});

test('--dry-run only says which', async () => {
  const typist = await atRolledSite();
  const would = { exit: Exit.done, out: 'shop: would remove\n  41\n', err: '' };
  expect(await typist.type('prune shop --keep 0 --dry-run')).toEqual(would);
  expect(await left(typist)).toEqual(['41', '42', '43']);
});

test('with --json what went is data', async () => {
  const { exit, out } = await (await atRolledSite()).type('prune shop --keep 0 --json');
  expect(exit).toBe(Exit.done);
  expect(JSON.parse(out)).toEqual([{ site: 'shop', removed: [release('41')] }]);
});

test('while a roll is under way it is refused with status 6', async () => {
  const typist = await atRolledSite();
  await typist.type('reload shop --no-block');
  expect(await typist.type('prune shop --keep 0')).toEqual({
    exit: Exit.refused,
    out: '',
    err:
      'php-zd: a roll of shop is under way, which decides who serves: ' +
      'try again when it is over ("php-zd follow shop"), or end it with "php-zd abort shop".\n',
  });
  expect(await left(typist)).toEqual(['41', '42', '43']);
});

test('^C keeps what has not gone yet, and the next site', async () => {
  const typist = await atRolledSite();
  await typist.world.linkTo('43');
  typist.world.addDirectory(`${RELEASES}/40`);
  typist.world.commands.programs.set('sh', () => {
    typist.interrupt();
    return '';
  });
  const host = { ...typist.ports.host, isFile: (path: string) => path.startsWith(RELEASES) };
  typist.ports = { ...typist.ports, host };
  const { exit, err } = await typist.type('prune --keep 0 shop blog');
  expect(exit).toBe(Exit.failed);
  expect(err).toBe(
    `Removing ${release('40')}.\nphp-zd: it was asked to stop.\nphp-zd: blog was left out: nothing was asked of it.\n`,
  );
});

test('an rm that fails is status 1', async () => {
  const typist = await atRolledSite();
  typist.world.commands.programs.set('sh', () => ({ status: 1, output: 'mv: cannot move: Read-only file system' }));
  const { exit, out, err } = await typist.type('prune shop --keep 0');
  expect({ exit, out }).toEqual({ exit: Exit.failed, out: '' });
  expect(err).toContain(`Removing ${release('41')}.\nphp-zd: 'sh `);
  expect(err.endsWith('failed (1): mv: cannot move: Read-only file system.\n')).toBe(true);
});

test('a site that there is not is status 4, and the others are pruned', async () => {
  const typist = await atRolledSite();
  expect(await typist.type('prune --keep 0 nope shop')).toEqual({
    exit: Exit.noSuchSite,
    out: 'shop: removed\n  41\n',
    err:
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n' +
      `Removing ${release('41')}.\n`,
  });
});

test('--all prunes every site', async () => {
  const typist = await atRolledSite();
  await typist.addBlog();
  const { exit, out } = await typist.type('prune --keep 1 --all');
  expect(exit).toBe(Exit.done);
  // blog, which was never rolled, cannot tell what is a release.
  expect(out).toBe('blog: nothing to remove.\nshop: removed\n  41\n');
});

const USAGE = 'Usage: php-zd prune [options] [SITE...]\nSee "php-zd prune --help".\n';

test.each([
  ['prune shop', `php-zd: required option '--keep <N>' not specified.\n${USAGE}`],
  [
    'prune shop --keep some',
    `php-zd: option '--keep <N>' argument 'some' is invalid. It is a number of releases.\n${USAGE}`,
  ],
  ['prune --keep 1', 'php-zd: which site? Name one or more, or write "php-zd prune --all".\n'],
  ['prune --keep 1 --all shop', 'php-zd: which of them? Name sites or write --all, not both: nothing was done.\n'],
])('"%s" is bad usage', async (line, err) => {
  const typist = await atRolledSite();
  expect(await typist.type(line)).toEqual({ exit: Exit.invalid, out: '', err });
  expect(await left(typist)).toEqual(['41', '42', '43']);
});
