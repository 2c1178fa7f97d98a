import { expect, test } from 'vitest';
import { Exit } from '../../src/cli/context.ts';
import { planRemoval } from '../../src/run/releases/remove-site.ts';
import { paths } from '../run/world.ts';
import { Typist } from './typist.ts';

const atStopped = async (): Promise<Typist> => {
  const typist = await Typist.atStartedSite();
  await typist.type('stop shop');
  const { commands, files } = typist.world;
  commands.programs.set('systemctl', () => '');
  commands.programs.set('rmdir', () => '');
  commands.programs.set('rm', ({ args }) => {
    for (const path of args.slice(3)) void files.removeTree(path);
    return '';
  });
  commands.programs.set('mv', ({ args }) => {
    const [from = '', to = ''] = args.filter(word => word.startsWith('/'));
    files.move(from, to);
    return '';
  });
  commands.programs.set('mkdir', ({ args }) => {
    void files.makeDirectory(args.at(-1) ?? '');
    return '';
  });
  return typist;
};

const ran = ({ world }: Typist) =>
  world.commands.runs
    .filter(({ program }) => ['systemctl', 'rm', 'mv'].includes(program))
    .map(({ program, args }) => [program, ...args].join(' '));

const TAKEN = [
  paths.unit,
  paths.admitUnit,
  paths.gateUnit,
  paths.servicesUnit,
  paths.slice,
  paths.replicasMount,
  paths.shmMount,
  paths.mountsNeeded,
  paths.tmpfiles,
  paths.balancerConfig,
  paths.run,
  paths.state,
];

test('a stopped site is given up: what php-zd made goes, its file stays under another name, its releases stay', async () => {
  const typist = await atStopped();
  const { exit, out } = await typist.type('remove shop');
  expect({ exit, out }).toEqual({
    exit: Exit.done,
    out: [
      'shop: removed\n',
      ...TAKEN.map(path => `  ${path}\n`),
      'Its file is /etc/php-zd/sites/shop.ini.removed.\n',
      'Left as they are: /srv/shop/current, /srv/shop/releases/41.\n',
      'What the web server and cron say of the site is for you to take out.\n',
    ].join(''),
  });
  expect(ran(typist)).toEqual([
    'systemctl disable --quiet php-zd@shop.service',
    `rm -rf --one-file-system -- ${TAKEN.join(' ')}`,
    'mv -- /etc/php-zd/sites/shop.ini /etc/php-zd/sites/shop.ini.removed',
  ]);
  // The last site: HAProxy has nothing to listen on any more.
  expect(typist.world.systemd.asked).toContain('stop php-zd-haproxy.service');
});

test('HAProxy goes on for another site that runs, though somebody removed its part', async () => {
  const typist = await Typist.atStartedSite();
  for (const program of ['systemctl', 'rm', 'rmdir', 'mv']) typist.world.commands.programs.set(program, () => '');
  await typist.addBlog();
  const part = await typist.world.files.read(paths.balancerConfig);
  await typist.world.files.remove(paths.balancerConfig);
  expect((await typist.type('remove blog')).exit).toBe(Exit.done);
  expect(typist.world.systemd.asked).toContain('reload php-zd-haproxy.service');
  expect(typist.world.systemd.asked).not.toContain('stop php-zd-haproxy.service');
  expect(await typist.world.files.read(paths.balancerConfig)).toBe(part);
});

test('a removal can be looked at before', async () => {
  const typist = await atStopped();
  const { exit, out } = await typist.type('remove shop --dry-run');
  expect({ exit, begin: out.split('\n')[0] }).toEqual({ exit: Exit.done, begin: 'shop: would remove' });
  expect(out).toContain('Its file would be /etc/php-zd/sites/shop.ini.removed.\n');
  expect(ran(typist)).toEqual([]);
});

test.each(['remove shop', 'remove shop --dry-run', 'rename shop store'])(
  'a site that is started is refused with status 6: %s',
  async line => {
    const typist = await Typist.atStartedSite();
    expect(await typist.type(line)).toEqual({
      exit: Exit.refused,
      out: '',
      err: 'php-zd: \'shop\' is started: stop it with "php-zd stop shop" first.\n',
    });
    await expect(planRemoval(typist.ports, 'shop')).rejects.toMatchObject({ code: 'site-started' });
  },
);

test.each(['nope', '../shop', 'haproxy', 'slots'])('a name of which php-zd has nothing is status 4: %s', async name => {
  const typist = await atStopped();
  expect((await typist.type(`remove ${name}`)).exit).toBe(Exit.noSuchSite);
  expect(ran(typist)).toEqual([]);
});

test('only root may remove', async () => {
  const typist = await atStopped();
  typist.ports = { ...typist.ports, isRoot: false };
  const { exit, err } = await typist.type('remove shop');
  expect(exit).toBe(Exit.failed);
  expect(err).toContain('permission denied; run it as root');
  expect(ran(typist)).toEqual([]);
});

test('what is left of a site whose file somebody removed is found by doctor, and goes with a removal', async () => {
  const typist = await atStopped();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  expect((await typist.type('doctor')).out).toContain(
    'warning (leftovers): shop has no site file, and php-zd still has what it made of it.\n' +
      '    Fix: write /etc/php-zd/sites/shop.ini again, or give it up, then php-zd remove shop.\n',
  );
  const { exit, out } = await typist.type('remove shop');
  expect(exit).toBe(Exit.done);
  expect(out).not.toContain('Its file');
});

test('a site that runs without its file is named by status, with status 4', async () => {
  const typist = await Typist.atStartedSite();
  await typist.world.files.remove('/etc/php-zd/sites/shop.ini');
  expect(await typist.type('status')).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err: 'php-zd: shop runs and has no site file: write /etc/php-zd/sites/shop.ini again, or give it up with "php-zd stop shop" and "php-zd remove shop".\n',
  });
});

test('a site that a boot is to start without its file is named by status too, until it is removed', async () => {
  const typist = await atStopped();
  const { files } = typist.world;
  const link = '/etc/systemd/system/multi-user.target.wants/php-zd@shop.service';
  await files.makeDirectory('/etc/systemd/system/multi-user.target.wants');
  await files.link(link, '/usr/lib/systemd/system/php-zd@.service');
  await files.remove('/etc/php-zd/sites/shop.ini');
  expect(await typist.type('status')).toEqual({
    exit: Exit.noSuchSite,
    out: '',
    err: 'php-zd: shop is enabled and has no site file: write /etc/php-zd/sites/shop.ini again, or give it up with "php-zd remove shop".\n',
  });
});

test('a stopped site gets another name, with its file, sessions, home and history', async () => {
  const typist = await atStopped();
  const { exit, out } = await typist.type('rename shop store');
  expect({ exit, out }).toEqual({
    exit: Exit.done,
    out:
      'shop is store now: /etc/php-zd/sites/store.ini.\n' +
      'Left as they are: /srv/shop/current, /srv/shop/releases/41.\n' +
      'Its socket and its mount have other paths: print the web server\'s part anew with "php-zd snippet store nginx".\n' +
      'Then "systemctl enable --now php-zd@store.service" starts it on what its link names.\n',
  });
  expect(ran(typist).filter(line => line.startsWith('mv'))).toEqual([
    'mv --no-target-directory -- /etc/php-zd/sites/shop.ini /etc/php-zd/sites/store.ini',
    'mv --no-target-directory -- /var/lib/php-zd/shop/sessions /var/lib/php-zd/store/sessions',
    'mv --no-target-directory -- /var/lib/php-zd/shop/home /var/lib/php-zd/store/home',
  ]);
});

/** The command of a rename that fails, counted from the first: the file, the new directory, then what is kept. */
test.each([0, 1, 2, 3])(
  'a rename of which command %i fails goes on when it is typed again, and nothing is lost',
  async at => {
    const typist = await atStopped();
    const { commands, files } = typist.world;
    await files.write(`${paths.state}/home/kept`, 'kept');
    let ran = 0;
    for (const program of ['mv', 'mkdir']) {
      const works = commands.programs.get(program);
      commands.programs.set(program, run => {
        ran += 1;
        return ran - 1 === at ? { status: 1, output: `${program}: No space left on device` } : (works?.(run) ?? '');
      });
    }
    const first = await typist.type('rename shop store');
    expect(first.exit).toBe(Exit.failed);
    expect(first.err).toContain("the rename of 'shop' to 'store' broke off: m");
    expect(first.err).toContain('go on with "php-zd rename shop store"');
    const doctor = (await typist.type('doctor')).out;
    expect(doctor).not.toContain('php-zd remove');
    if (at > 0)
      expect(doctor).toContain('the rename of shop to store was broken off.\n    Fix: php-zd rename shop store.');
    expect((await typist.type('rename shop store')).exit).toBe(Exit.done);
    expect(await files.read('/var/lib/php-zd/store/home/kept')).toBe('kept');
    expect(await files.exists('/etc/php-zd/sites/store.ini')).toBe(true);
    expect(await files.exists(paths.state)).toBe(false);
    expect(await files.list('/var/lib/php-zd/store')).toEqual(['home', 'sessions']);
  },
);

test('a home on a file system of its own is refused before anything is touched', async () => {
  const typist = await atStopped();
  const { files } = typist.world;
  await files.makeDirectory('/proc/self');
  await files.write('/proc/self/mountinfo', `36 35 98:0 / ${paths.state}/home rw - ext4 /dev/sdb rw\n`);
  const { exit, err } = await typist.type('rename shop store');
  expect({ exit, err }).toMatchObject({
    exit: Exit.refused,
    err: expect.stringContaining(`mounted at ${paths.state}/home`),
  });
  expect(ran(typist)).toEqual([]);
});

test.each(['Store', 'haproxy', '../store'])('a name that is none is refused: %s', async name => {
  const typist = await atStopped();
  expect((await typist.type(`rename shop ${name}`)).exit).toBe(Exit.invalid);
  expect(ran(typist)).toEqual([]);
});

test('a name that another site has is refused', async () => {
  const typist = await atStopped();
  await typist.addBlog();
  expect(await typist.type('rename shop blog')).toMatchObject({
    exit: Exit.invalid,
    err: expect.stringContaining("the name 'blog' is taken: there is /etc/php-zd/sites/blog.ini"),
  });
  expect(ran(typist)).toEqual([]);
});
