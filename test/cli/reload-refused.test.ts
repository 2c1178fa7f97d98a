import { expect, test } from 'vitest';
import { PhpZdError } from '../../src/base/errors.ts';
import { Exit } from '../../src/cli/context.ts';
import { intercepted } from '../run/intercepted.ts';
import { release } from '../run/world.ts';
import { butSteps, rolledTold, type Said, Typist } from './typist.ts';

/** Types a reload that ends before systemd is asked. */
const typeInVain = async (typist: Typist, line = 'reload shop'): Promise<Said> => {
  const said = await typist.type(line);
  expect(typist.world.systemd.asked).toEqual([]);
  expect(typist.journal.entries).toEqual([]);
  return said;
};

test('a broken site file is refused with every problem, and is status 2', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.writeSite(
    '[site]\nrelease = /srv/shop/current\nuser = nobdy\nreplica = 2\n[php]\nversion = 8.2\n',
  );
  const { exit, err } = await typeInVain(typist);
  expect(exit).toBe(Exit.invalid);
  expect(err).toBe(
    "/etc/php-zd/sites/shop.ini:3: 'user' is 'nobdy', and this host has no such user: write one that it has, " +
      'or create it with: adduser --system --group nobdy\n' +
      "/etc/php-zd/sites/shop.ini:4: unknown key 'replica' in [site]; did you mean 'replicas'?\n" +
      'Nothing was touched.\n',
  );
});

test.each(['reload shop', 'deploy shop /srv/shop/releases/41'])(
  'a place for HTTP that somebody else has is said with file and line, and is status 2: %s',
  async line => {
    const typist = await Typist.atStartedSite();
    const { files } = typist.world;
    await typist.world.configure({ more: '[listen]\nhttp = 127.0.0.1:80\n' });
    await files.makeDirectory('/proc/net');
    const listens = '   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000\n';
    await files.write('/proc/net/tcp', listens);
    const { exit, err } = await typeInVain(typist, line);
    expect(exit).toBe(Exit.invalid);
    expect(err).toMatch(
      /^\/etc\/php-zd\/sites\/shop\.ini:\d+: 'http' is '127\.0\.0\.1:80', and something listens at 0\.0\.0\.0:80 already: write another port, or end what has it\nNothing was touched\.\n$/,
    );
  },
);

test('a release that lacks what the site file names is refused with status 2', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.configure({ more: '[shared]\nstorage = /srv/shop/shared/storage\n' });
  expect(await typeInVain(typist)).toEqual({
    exit: Exit.invalid,
    out: '',
    err:
      `php-zd: the release ${release('41')} lacks storage.\n` +
      'For a place of [shared] an empty file or directory is enough, for one of [writable] a directory. Mend that, or take another: "php-zd releases" shows those of each site.\nNothing was touched.\n',
  });
});

test('a site that is not started is status 6', async () => {
  expect(await typeInVain(await Typist.atNewSite())).toEqual({
    exit: Exit.refused,
    out: '',
    err: `php-zd: 'shop' is not started: start it with "php-zd start shop" first.\n`,
  });
});

test('a site that there is not is status 4', async () => {
  expect(await typeInVain(await Typist.atStartedSite(), 'reload nope')).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err:
      "php-zd: there is no site 'nope': /etc/php-zd/sites/nope.ini does not exist.\n" +
      'See those that are there with "php-zd list", or write it with "php-zd init nope".\n',
  });
});

test.each([
  ['reload', 'php-zd: which site? Name one or more, or write "php-zd reload --all".\n'],
  ['reload --all shop', 'php-zd: which of them? Name sites or write --all, not both: nothing was done.\n'],
])('"%s" is bad usage', async (line, err) => {
  expect(await typeInVain(await Typist.atStartedSite(), line)).toEqual({ exit: Exit.invalid, out: '', err });
});

test('--if-changed leaves a site alone to which a roll would bring nothing new', async () => {
  const typist = await Typist.atStartedSite();
  const same = { exit: Exit.done, out: '', err: 'shop: nothing has changed.\n' };
  expect(await typeInVain(typist, 'reload --if-changed shop')).toEqual(same);
  await typist.world.linkTo('42');
  expect(butSteps((await typist.type('reload --if-changed shop')).err)).toBe(rolledTold('41', '42'));
});

test('--require-capacity refuses with status 6 what would make requests queue', async () => {
  const typist = await Typist.atStartedSite({ more: '[pool]\npm.max_children = 2\n' });
  typist.world.balancer.setSessions('shop', '1', 2, 5);
  const { exit, err } = await typeInVain(typist, 'reload --require-capacity shop');
  expect(exit).toBe(Exit.refused);
  expect(err).toBe(
    "php-zd: a roll of 'shop' would make requests queue: 0 of 4 children busy, 5 requests waiting; " +
      'never fewer than 4 serve; try again when fewer are busy, or see "php-zd plan shop".\nNothing was touched.\n',
  );
  typist.world.balancer.setSessions('shop', '1', 0, 0);
  expect((await typist.type('reload --require-capacity shop')).exit).toBe(Exit.done);
});

test('whoever may not ask systemd is told so, with status 1', async () => {
  const typist = await Typist.atStartedSite();
  typist.ports = intercepted(typist.ports, {
    before: call => {
      if (call.startsWith('reload'))
        throw new PhpZdError('bus-denied', { name: 'org.x.Y', text: 'no', unit: call.slice('reload '.length) });
    },
  });
  expect(await typist.type('reload shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err:
      'php-zd: access denied to php-zd@shop.service: run it as root, or let polkit allow it ' +
      '(see RIGHTS in "man php-zd").\n',
  });
});

test('without the bus it is status 1, and what serves goes on serving', async () => {
  const typist = await Typist.atStartedSite();
  typist.world.systemd.loseBus();
  expect(await typist.type('reload shop')).toEqual({
    exit: Exit.failed,
    out: '',
    err:
      'php-zd: systemd cannot be reached over D-Bus (the bus closed the connection).\n' +
      'What serves goes on serving. See "systemctl status dbus".\nNothing was touched.\n',
  });
});

test('of several sites each is tried, and what one has to say keeps no other from it', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.linkTo('42');
  const { exit, err } = await typist.type('reload nope shop');
  expect(exit).toBe(Exit.noSuchSite);
  expect(err.startsWith("php-zd: there is no site 'nope': ")).toBe(true);
  expect(butSteps(err).endsWith(rolledTold('41', '42'))).toBe(true);
});

test('--all is every site that has a file', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.write('/etc/php-zd/sites/blog.ini', '[site]\n');
  const { exit, err } = await typist.type('reload --all');
  expect(exit).toBe(Exit.invalid);
  expect(err).toContain("/etc/php-zd/sites/blog.ini:1: 'release' is missing");
  expect(err).toContain(`\nRolled shop to ${release('41')} in 0.11 s: 0 requests, 0 lost.\n`);
});

test('--all of no site says how to write the first', async () => {
  const typist = await Typist.atNewSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  const err = 'There is no site yet. Write the first one with "php-zd init SITE".\n';
  expect(await typist.type('reload --all')).toEqual({ exit: Exit.done, out: '', err });
});
