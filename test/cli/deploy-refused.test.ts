import { afterEach, beforeEach, expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { release } from '../run/world.ts';
import { Typist } from './typist.ts';

const LINK = '/srv/shop/current';
const NOTHING = 'Nothing was touched.\n';
const MEND =
  'For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "php-zd releases" shows those of each site.\n';

let typist: Typist;

beforeEach(async () => {
  typist = await Typist.atStartedSite();
});

afterEach(async () => {
  expect(typist.world.systemd.asked).toEqual([]);
  expect(await typist.world.files.readLink(LINK)).not.toBe(release('42'));
});

const deploy = (line: string) => typist.type(`deploy ${line}`);

test('a directory that there is not is refused with status 2', async () => {
  expect(await deploy('shop /srv/shop/releases/99')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      'php-zd: the release /srv/shop/releases/99 is no directory.\n' +
      `Name a directory that is there: "php-zd releases" shows those of each site, and "php-zd deploy SITE DIR" goes to one.\n${NOTHING}`,
  });
});

test.each(['/', '/srv'])(
  'a directory of the whole host is refused by itself, and no line of the site file is blamed: %s',
  async directory => {
    typist.world.addDirectory(directory);
    expect(await deploy(`shop ${directory}`)).toEqual({
      exit: Exit.invalid,
      out: '',
      err: `php-zd: the release ${directory} is a directory of the whole host: name that of one release.\n${NOTHING}`,
    });
  },
);

test('a directory without a front controller is refused with status 2', async () => {
  await typist.world.files.makeDirectory('/srv/shop/releases/empty');
  const { exit, err } = await deploy('shop /srv/shop/releases/empty');
  expect(exit).toBe(Exit.invalid);
  expect(err).toBe(
    "/etc/php-zd/sites/shop.ini:1: the release '/srv/shop/releases/empty' has no index.php in public, web, webroot, pub, docroot, htdocs, public_html, www, .: " +
      `write index = PATH, its front controller\n${NOTHING}`,
  );
});

test('a release that lacks a place for what is shared is refused with status 2', async () => {
  await typist.world.configure({ more: '[shared]\nstorage = /srv/shop/shared/storage\n' });
  expect(await deploy(`shop ${release('42')}`)).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `php-zd: the release ${release('42')} lacks storage.\n${MEND}${NOTHING}`,
  });
});

test("a release that the site's user cannot read is refused with status 2", async () => {
  typist.world.commands.programs.set('systemd-run', () => ({ status: '3', output: '' }));
  expect(await deploy(`shop ${release('42')}`)).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: the release ${release('42')} cannot be read by the user shop: ` +
      `look at the modes of every directory on the way, down to its public/index.php.\n${NOTHING}`,
  });
});

test('the mount point of the replicas is no release', async () => {
  await typist.world.files.makeDirectory('/srv/shop/releases/.shop.live');
  expect(await deploy('shop /srv/shop/releases/.shop.live')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      'php-zd: the release /srv/shop/releases/.shop.live is in the mount point /srv/shop/releases/.shop.live, ' +
      `where the replicas see their release; name the release's own directory.\n${NOTHING}`,
  });
});

test('what stands in the place of the link and is none is refused with status 2', async () => {
  await typist.world.files.remove(LINK);
  await typist.world.files.makeDirectory(LINK);
  expect(await deploy(`shop ${release('42')}`)).toEqual({
    exit: Exit.invalid,
    out: '',
    err: `php-zd: ${LINK} is no link, so it cannot name another release: put a link in its place.\n${NOTHING}`,
  });
});

test('a site that is stopped is refused with status 6', async () => {
  await typist.type('stop shop');
  typist.world.forget();
  expect(await deploy(`shop ${release('42')}`)).toEqual({
    exit: Exit.refused,
    out: '',
    err: `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n${NOTHING}`,
  });
});

test('a site that there is not is status 4', async () => {
  expect(await deploy(`nope ${release('42')}`)).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err:
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      `See those that are there with "php-zd list", or write it with "php-zd init nope".\n${NOTHING}`,
  });
});

test('a deployment of nothing is bad usage', async () => {
  expect(await deploy('shop')).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      "php-zd: missing required argument 'DIR'.\n" +
      'Usage: php-zd deploy [options] <SITE> <DIR>\nSee "php-zd deploy --help".\n',
  });
});
