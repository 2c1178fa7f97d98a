import { expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { instantWords } from '../../src/report/words/time.ts';
import { paths, RELEASES, release } from '../run/world.ts';
import { Typist } from './typist.ts';

/** At a site that was rolled from release 41 to 42, and whose roll to 43 failed; gives when. */
const atRolledSite = async (): Promise<{ readonly typist: Typist; readonly good: number; readonly bad: number }> => {
  const typist = await Typist.atStartedSite();
  const good = typist.world.clock.now();
  await typist.type(`deploy shop ${release('42')}`);
  typist.world.clock.advance(60_000);
  const bad = typist.world.clock.now();
  typist.world.health.set(release('43'), { status: 500 });
  await typist.type(`deploy shop ${release('43')}`);
  return { typist, good, bad };
};

test('releases are a table: what each is, who uses it, and when it was rolled to', async () => {
  const { typist, good, bad } = await atRolledSite();
  const { exit, out, err } = await typist.type('releases shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  const why = 'bad: replica 1 answered /health with 500 (wanted 200) for 900ms';
  const width = why.length;
  expect(out).toBe(
    [
      `RELEASE                ${'STATE'.padEnd(width)}  USED BY               LAST ROLL`,
      `${release('41')}  ${'previous'.padEnd(width)}  -                     -`,
      `${release('42')}  ${'promoted'.padEnd(width)}  replica 3, replica 4  ${instantWords(good)}`,
      `${release('43')}  ${why}  -                     ${instantWords(bad)}`,
      '',
    ].join('\n'),
  );
});

test('what is no release, and what is linked and not promoted, says so', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.addDirectory(`${RELEASES}/50`);
  await typist.world.linkTo('42');
  const rows = (await typist.type('releases shop')).out.split('\n');
  expect(rows.find(row => row.includes('/50'))).toMatch(/\/50 +no release +-/);
  expect(rows.find(row => row.includes('/42'))).toMatch(/\/42 +linked +-/);
});

test('with --json they are data, of several sites too', async () => {
  const { typist, good } = await atRolledSite();
  await typist.addBlog();
  const { exit, out } = await typist.type('releases shop blog --json');
  expect(exit).toBe(Exit.done);
  const [shop, blog] = JSON.parse(out);
  expect(shop.site).toBe('shop');
  expect(shop.releases[1]).toMatchObject({
    release: release('42'),
    isPromoted: true,
    isLinked: true,
    lastRolledAt: good,
    usedBy: [
      { site: 'shop', slot: 3 },
      { site: 'shop', slot: 4 },
    ],
  });
  expect(blog).toMatchObject({
    site: 'blog',
    releases: expect.arrayContaining([expect.objectContaining({ isLinked: true })]),
  });
});

test("of another site's replica the site is named", async () => {
  const { typist } = await atRolledSite();
  await typist.addBlog();
  const row = (await typist.type('releases blog')).out.split('\n').find(line => line.includes('/42'));
  expect(row).toContain('shop: replica 3, shop: replica 4');
});

test('a parked replica still has its release', async () => {
  const typist = await Typist.atStartedSite({ more: '[drain]\ntimeout = 1s\non_timeout = park\n' });
  typist.world.balancer.setSessions('shop', '1', 1);
  await typist.type(`deploy shop ${release('42')}`);
  const row = (await typist.type('releases shop')).out.split('\n').find(line => line.includes('/41'));
  expect(row).toContain('replica 1 (parked)');
});

test('a site whose file is broken is shown as it was promoted', async () => {
  const { typist } = await atRolledSite();
  await typist.world.writeSite('[site]\n');
  const { exit, out, err } = await typist.type('releases shop');
  expect({ exit, err }).toEqual({ exit: Exit.done, err: '' });
  expect(out).toContain('promoted');
});

test('a broken site file of a site that was never started is status 2', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.writeSite('[site]\nuser = shop\n[php]\nversion = 8.2\n');
  const { exit, err } = await typist.type('releases shop');
  expect(exit).toBe(Exit.invalid);
  expect(err).toContain("/etc/php-zd/sites/shop.ini:1: 'release' is missing");
});

test('a site that there is not is status 4, and the others are shown', async () => {
  const { typist } = await atRolledSite();
  const { exit, out, err } = await typist.type('releases nope shop');
  expect(exit).toBe(Exit.noSuchSite);
  expect(out).toMatch(/^RELEASE /);
  expect(err).toBe(
    "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  );
  expect(await typist.type('releases nope --json')).toEqual({ exit: Exit.noSuchSite, out: '[]\n', err });
});

test('a disk that cannot be read is status 1', async () => {
  const { typist } = await atRolledSite();
  typist.world.files.directories = async path => {
    throw new PhpZdError('file-system', { path, errno: 'EIO' });
  };
  const { exit, err } = await typist.type('releases shop');
  expect(exit).toBe(Exit.failed);
  expect(err).toContain('/srv/shop/releases');
  expect(await typist.world.files.exists(paths.promoted)).toBe(true);
});
